"""Audits of a log in pieces, wherever Python runs beside the data: one picklable function for all."""
