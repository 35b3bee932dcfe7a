"""Budgets of reading workbooks, each with its reason."""

from __future__ import annotations

from typing import Final

import attrs

from comity import UsageError
from comity.readers import LogFormat, ReaderOption

MOST_ROWS: Final = 1 << 20
"""How many rows a sheet has at most, in Excel too."""
MOST_COLUMNS: Final = 1 << 14
"""How many columns a sheet has at most, in Excel too."""
MOST_BYTES: Final = 1 << 30
"""Bytes of all parts that are read: a million rows of twenty columns."""
LEAST_BYTES: Final = 1 << 26
"""Bytes that any workbook may inflate to, however small it is: 200,000 rows of five columns."""
MOST_INFLATED: Final = 100
"""How many times its own size a workbook may inflate to; those of programs inflate to 5 to 40 times."""
MOST_ELEMENTS: Final = 40_000_000
"""XML elements of all parts; a cell has two, and is read in about ten microseconds."""
LEAST_ELEMENTS: Final = 1_000_000
"""Elements that any workbook may have, however small it is: 100,000 rows of five columns, ten seconds."""
MOST_ELEMENTS_PER_BYTE: Final = 4
"""Elements for each byte of a workbook; those of programs have below one."""
MOST_OTHERS: Final = 250_000
"""Elements of a part that is neither a sheet nor a table of texts; Excel has at most 65,490 cell formats."""
MOST_MARKUP: Final = 1 << 20
"""Bytes of a tag, a comment and the like, which are read in time that grows with their square."""
EMPTY_CELLS: Final = 32
"""So many empty cells before the last of a row are counted as an element."""

BYTES_OPTION: Final = ReaderOption(
    "max-inflated-bytes",
    "N",
    f"How many bytes a workbook may inflate to; by default {MOST_INFLATED} times its size,"
    f" at least {LEAST_BYTES:,} and at most {MOST_BYTES:,}.",
)
ELEMENTS_OPTION: Final = ReaderOption(
    "max-elements",
    "N",
    f"How many XML elements a workbook may have, two for each cell; by default {MOST_ELEMENTS_PER_BYTE} for"
    f" each byte, at least {LEAST_ELEMENTS:,} and at most {MOST_ELEMENTS:,}.",
)


@attrs.frozen
class WorkbookBudgets:
    """What the options say of how much may be read; None is what the size of the workbook allows."""

    most_bytes: int | None = None
    most_elements: int | None = None

    @classmethod
    def of(cls, log: LogFormat) -> WorkbookBudgets:
        """Take the options; raises UsageError for a value that is not a whole number."""
        return cls(_count(log, BYTES_OPTION.name), _count(log, ELEMENTS_OPTION.name))


def _count(log: LogFormat, name: str) -> int | None:
    text = "".join(log.options.get(name, ())[-1:]).strip().replace(",", "").replace("_", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text)):
        raise UsageError(f"`{name}` is `{text[:40]}`: a whole number, such as `{LEAST_BYTES}`, is needed")
    return int(text)
