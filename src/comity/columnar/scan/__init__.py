"""Scanning blocks of a log: selectors become masks, scopes and texts become numbers."""
