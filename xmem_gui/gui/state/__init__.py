"""What the views share: what is open, what has been chosen and remembered, the work under way."""
