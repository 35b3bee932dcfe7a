"""Scanning blocks of a log: selectors as masks, scopes and texts as numbers."""
