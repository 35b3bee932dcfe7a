"""What a mistake is."""

from __future__ import annotations

from typing import Final

from comity.records import frozen

QUOTES: Final = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2018\u2019\u201a\u201b\u00b4`\uff02\uff07"
"""Quotation marks that TOML does not know."""


@frozen
class Mistake:
    """What is wrong, where, and what to write instead."""

    message: str
    help: str
    line: int
    column: int
    length: int = 1
