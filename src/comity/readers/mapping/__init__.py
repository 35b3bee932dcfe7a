"""Mappings: which columns and words of a log mean what."""
