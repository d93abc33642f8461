"""Frame-exact sources of frames, the cache in front of them, and writers."""
