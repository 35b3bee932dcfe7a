"""TODO clock."""
