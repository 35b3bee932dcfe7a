"""TODO readers/mapping."""
