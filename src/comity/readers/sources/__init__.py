"""TODO readers/sources."""
