"""Small widgets and plain text, used by every part of the window."""
