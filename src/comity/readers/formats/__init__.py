"""TODO readers/formats."""
