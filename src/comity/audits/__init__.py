"""Audits: what may be given as a log, which back end judges it, and what the report adds to its findings."""
