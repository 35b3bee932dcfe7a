"""Mappings: what the columns and words of a log mean."""
