"""Columns of cells as columns of trimmed texts or attribute values."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from comity.budgets import DEFAULT_LOG_BUDGETS, depth_of, log_over_budget
from comity.clock.instants import DAY, Precision, day_to_date, format_instant, instant_to_datetime
from comity.errors import EventError
from comity.events.values import Scalar
from comity.readers.constant import Constant
from comity.readers.mapping.mapping import FieldRule

Bad = dict[int, str]
"""Why rows are rejected, by their index in the batch; the first reason of a row is kept."""
_LONGEST: Final = 60
_MOST_REMEMBERED: Final = 10_000


def shown(text: str) -> str:
    """Return a cell's text for a message: in backticks, on one line and not too long."""
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return "`" + one_line(text) + "`"


def one_line(text: str) -> str:
    """Return a text with escapes for all that cannot be printed on one line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def is_absent(cell: Any) -> bool:
    """Return whether a cell is empty: None, or the NaN of data frames. The cell must not be a text."""
    return cell is None or cell != cell


def time_text(micros: int, precision: Precision) -> str:
    """Write a cell of a column of times as text."""
    if precision == "instant":
        return format_instant(micros)
    if precision == "date":
        return day_to_date(micros // DAY).isoformat()
    return instant_to_datetime(micros).isoformat()


def plain_text(cell: Any, depth: int = DEFAULT_LOG_BUDGETS.depth) -> str:
    """Return the text of any cell, with lists and objects as compact JSON.

    `depth` is how many lists and objects may be inside each other. Raises EventError for a cell that is
    deeper, that cannot be written as JSON, or that is a number of too many digits.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "surrogateescape").strip()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, list | dict | tuple):
        if (found := depth_of(cell)) > depth:
            raise EventError(
                log_over_budget("depth", f"{found:,} lists and objects are inside each other", depth)
            )
        try:
            return json.dumps(cell, ensure_ascii=False, separators=(",", ":"), default=str)
        except (ValueError, RecursionError, TypeError):
            raise EventError("a nested value cannot be written as JSON") from None
    if is_absent(cell):
        return ""
    try:
        return str(cell).strip()
    except ValueError:
        raise EventError("a number has too many digits") from None


class Cells:
    """The cells of one column, and how to read them."""

    def __init__(
        self,
        cells: Sequence[Any],
        *,
        plain: bool = False,
        precision: Precision | None = None,
        encoding: str = "utf-8",
        depth: int = DEFAULT_LOG_BUDGETS.depth,
    ) -> None:
        self.raw = cells
        self.precision = precision
        self.plain = plain
        self._encoding = encoding
        self.depth = depth
        """How many lists and objects may be inside each other in a cell."""

    def compress(self, indices: Sequence[int]) -> Cells:
        """Return the cells at some indices."""
        return self._like([self.raw[i] for i in indices])

    def distinct(self) -> Cells:
        """Return each distinct cell once, in any order; the cells must be hashable."""
        return self._like(list(set(self.raw)))

    def _like(self, cells: Sequence[Any]) -> Cells:
        return Cells(
            cells, plain=self.plain, precision=self.precision, encoding=self._encoding, depth=self.depth
        )

    def texts(self, bad: Bad, name: str | None = None) -> list[str]:
        """Return trimmed texts, empty where a cell is absent; a field cannot be a list or an object."""
        cells = self.raw
        if self.plain:
            found = list(map(str.strip, cells))
        elif self.precision is not None:
            found = ["" if cell is None else time_text(cell, self.precision) for cell in cells]
        else:
            kinds = set(map(type, cells))
            if kinds <= {str, type(None)}:
                found = [cell.strip() if cell else "" for cell in cells]
            else:
                found = [self._text(cell, index, bad, name) for index, cell in enumerate(cells)]
        self.check(found, bad)
        return found

    def _text(self, cell: Any, index: int, bad: Bad, name: str | None) -> str:
        if name is not None and type(cell) is Constant:
            bad.setdefault(index, f"`{name}` is {cell}, not text")
            return ""
        if name is not None and isinstance(cell, list | dict):
            if name == "timezone" and isinstance(cell, list):
                return " ".join(plain_text(part, self.depth) for part in cell)
            kind = "a list" if isinstance(cell, list) else "an object"
            bad.setdefault(index, f"`{name}` is {kind}, not text")
            return ""
        try:
            return plain_text(cell, self.depth)
        except EventError as error:
            bad.setdefault(index, f"`{name}`: {error}" if name else str(error))
            return ""

    def check(self, texts: list[str], bad: Bad) -> None:
        """Empty the texts with a NUL, or with bytes that are not of the encoding, and note why in `bad`."""
        joined = "".join(texts)
        if "\0" not in joined:
            if joined.isascii():
                return
            try:
                joined.encode()
            except UnicodeEncodeError:
                pass
            else:
                return
        for index, text in enumerate(texts):
            reason = self._unsound(text)
            if reason:
                bad.setdefault(index, reason)
                texts[index] = ""

    def _unsound(self, text: str) -> str:
        if "\0" in text:
            return "a cell has a NUL character"
        try:
            text.encode()
        except UnicodeEncodeError as error:
            code = ord(text[error.start])
            if 0xDC80 <= code <= 0xDCFF:
                byte = f"byte 0x{code - 0xDC00:02x}"
                if self._encoding != "utf-8":
                    return f"{byte} is not {self._encoding}: state another encoding in the mapping's [log]"
                return f"{byte} is not UTF-8: state the encoding in the mapping's [log]"
            return f"a cell has a lone surrogate U+{code:04X}"
        return ""

    def attributes(self, bad: Bad) -> list[Scalar | None]:
        """Return attribute values: trimmed texts, numbers and booleans; None where a cell is absent."""
        types = {str} if self.plain else set(map(type, self.raw))
        if self.precision is not None or types <= {str, type(None)}:
            texts = self.texts(bad)
            return [text or None for text in texts] if "" in texts else list(texts)
        texts = self.texts(bad)
        return [
            cell if isinstance(cell, int | float) and text else text or None
            for cell, text in zip(self.raw, texts, strict=True)
        ]


def translate(rule: FieldRule, texts: list[str]) -> list[Any]:
    """Return the values that texts stand for by the rule's `values` and `default`."""
    default = "" if rule.default is None else rule.default
    if rule.values is None:
        return texts if rule.default is None else [text or default for text in texts]
    table: dict[str, Any] = {}
    for text in set(texts):
        unlisted = default if rule.default is not None or not text else text
        table[text] = rule.values.get(text, unlisted)
    return [table[text] for text in texts]


class TextConverter:
    """Converts texts, each distinct text only once."""

    def __init__(self, convert: Callable[[str], Any]) -> None:
        self._convert = convert
        self._known: dict[str, Any] = {}
        self._failed: dict[str, str] = {}

    def read(self, texts: list[str], bad: Bad) -> list[Any]:
        """Return the converted column: None where a text cannot be converted, with the reason in `bad`."""
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
            self._failed.clear()
        known = self._known
        for text in set(texts) - known.keys():
            try:
                known[text] = self._convert(text)
            except EventError as error:
                known[text] = None
                self._failed[text] = str(error)
        if self._failed:
            for index, text in enumerate(texts):
                if text in self._failed:
                    bad.setdefault(index, self._failed[text])
        return list(map(known.__getitem__, texts))
