"""The operators of answers before a deadline."""
