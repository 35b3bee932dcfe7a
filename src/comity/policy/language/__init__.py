"""TODO policy/language."""
