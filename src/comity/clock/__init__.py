"""Instants, dates and time zones."""
