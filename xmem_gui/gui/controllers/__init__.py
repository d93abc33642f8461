"""What actions do: open, go to a frame, play, track, bring up a dialog."""
