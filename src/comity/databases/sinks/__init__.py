"""Findings written to a table, run by run: a run that is repeated replaces its own rows and no others."""
