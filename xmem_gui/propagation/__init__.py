"""The engine: one step per frame, directions, ranges, corrections and confidence."""
