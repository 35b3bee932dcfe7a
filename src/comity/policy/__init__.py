"""Policies: their language, how they extend each other, and how they become plans."""
