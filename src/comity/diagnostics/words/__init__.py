"""Notices about words: those that no event has, and those that are nearly alike."""
