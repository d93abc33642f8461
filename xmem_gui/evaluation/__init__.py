"""Measure quality on datasets with known masks."""
