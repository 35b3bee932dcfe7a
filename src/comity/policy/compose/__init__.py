"""TODO policy/compose."""
