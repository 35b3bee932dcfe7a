"""Composing policies: what extends what, industries, and where files are found."""
