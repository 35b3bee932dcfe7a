"""Findings by columns: held, spilled to disk, put in order and worded."""
