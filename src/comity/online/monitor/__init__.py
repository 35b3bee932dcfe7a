"""Monitors: events as they come, findings as they become certain, late events."""
