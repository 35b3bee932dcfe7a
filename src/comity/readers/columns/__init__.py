"""TODO readers/columns."""
