"""Frames, masks and thumbnails as pictures for the views, made by threads."""
