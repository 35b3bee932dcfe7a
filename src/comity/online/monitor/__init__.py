"""TODO online/monitor."""
