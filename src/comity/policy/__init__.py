"""Policies: the language in which they are written, how they are put together, and how they become plans."""
