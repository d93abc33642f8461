"""Prompts become masks."""
