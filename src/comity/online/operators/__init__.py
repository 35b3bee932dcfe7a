"""TODO online/operators."""
