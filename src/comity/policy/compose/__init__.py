"""Putting policies together: what extends what, industries, and where files are found."""
