"""TODO online/queries."""
