"""Texts compared: identities, slips of the pen, what nearly is the same."""
