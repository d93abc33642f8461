"""The window: canvas, timeline, docks, actions, workers; thin over `annotator`. The only package with Qt."""
