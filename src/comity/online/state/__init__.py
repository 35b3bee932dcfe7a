"""TODO online/state."""
