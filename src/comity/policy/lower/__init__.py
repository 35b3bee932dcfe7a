"""TODO policy/lower."""
