"""TODO readers/events."""
