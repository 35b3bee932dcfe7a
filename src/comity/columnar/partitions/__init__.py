"""Partitions of a log: the rows of some scopes, sorted by scope and time."""
