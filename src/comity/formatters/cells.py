"""Cells of CSV that no spreadsheet runs as a formula."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The first characters of cells that a spreadsheet may run as a formula."""


def safe_cell(text: str) -> str:
    """Return a text, with an apostrophe before it where a spreadsheet would run it as a formula."""
    return "'" + text if text.lstrip(" ").startswith(FORMULA_STARTS) else text
