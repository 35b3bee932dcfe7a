"""Findings by columns: kept in memory or on disk, sorted, and written as text."""
