"""What was captured, drawn over the clip it was captured from."""
