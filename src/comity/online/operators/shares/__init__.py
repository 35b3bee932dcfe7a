"""Shares: how many events of a period are of one kind among all."""
