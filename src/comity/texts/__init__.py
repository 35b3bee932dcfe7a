"""Comparing texts: identities, slips of the pen, and texts that are nearly the same."""
