"""Checking what a plugin's reader returns, and copying it so that the reader cannot change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final

import attrs

from comity.errors import PluginError, shown

_CELLS: Final = frozenset(
    {type(None), str, bytes, bool, int, float, Decimal, dt.date, dt.datetime, dt.time, dt.timedelta}
)
"""The types of cells, besides those that hold other values."""
_NESTED: Final = frozenset({list, dict, tuple})
_KNOWN: Final = tuple((_CELLS | _NESTED) - {type(None)})


def whole_batch(batch: object) -> Any:
    """Return a copy of a batch that its reader cannot change; raises PluginError if it is not a batch.

    The back ends read a batch at different times: if it changed, they would find different things.
    """
    from comity.readers.row_batch import BadRow, RowBatch

    if not isinstance(batch, RowBatch):
        raise PluginError(f"{shown(batch)}, which is not a `RowBatch`")
    numbers = _listed(batch.numbers, "row numbers")
    if (
        odd := [number for number in numbers if type(number) is not int]
        if {*map(type, numbers)} - {int}
        else ()
    ):
        raise PluginError(f"the row number {shown(odd[0])}, which is not a whole number")
    if not isinstance(batch.columns, Mapping):
        raise PluginError(f"the columns {shown(batch.columns)}, which are not a mapping")
    columns = {name: _cells(name, cells) for name, cells in batch.columns.items()}
    for name, cells in columns.items():
        if len(cells) != len(numbers):
            raise PluginError(f"{len(numbers)} rows with {len(cells)} cells in the column {_quoted(name)}")
        if batch.plain and not {*map(type, cells)} <= {str}:
            raise PluginError(f"the column {_quoted(name)} as plain texts, but a cell is not a text")
    for name in batch.times:
        if not {*map(type, columns.get(name, ()))} <= {int, type(None)}:
            raise PluginError(f"the column {_quoted(name)} as times, but a cell is not a whole number")
    rejected = _listed(batch.rejected, "rejected rows")
    for row in rejected:
        if not isinstance(row, BadRow) or type(row.number) is not int or not isinstance(row.reason, str):
            raise PluginError(
                f"the rejected row {shown(row)}, which is not a `BadRow` with a number and a reason"
            )
    names = _listed(batch.names, "names of columns")
    if odd := [name for name in names if not isinstance(name, str)]:
        raise PluginError(f"the column {shown(odd[0])}, whose name is not a text")
    return attrs.evolve(batch, numbers=numbers, columns=columns, rejected=rejected, names=names)


def whole_split(split: object) -> Any:
    """Return a split with copies of its batches; raises PluginError for what is not a split."""
    from comity.readers.split import ArrowBatch, Split

    if not isinstance(split, Split):
        raise PluginError(f"{shown(split)}, which is not a `Split`")
    parts = [part if isinstance(part, ArrowBatch) else whole_batch(part) for part in split.parts]
    return attrs.evolve(split, parts=parts)


def _listed(values: object, what: str) -> Sequence[Any]:
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        raise PluginError(f"the {what} {shown(values)}, which are not a list")
    return values if isinstance(values, tuple | range) else tuple(values)


def _cells(name: object, cells: object) -> Sequence[Any]:
    """Copy the cells of a column, with what they hold."""
    if not isinstance(name, str):
        raise PluginError(f"the column {shown(name)}, whose name is not a text")
    if isinstance(cells, str | bytes) or not (hasattr(cells, "__len__") and hasattr(cells, "__iter__")):
        raise PluginError(f"the column {_quoted(name)} as {shown(cells)}, which is not a list of cells")
    copied = list(cells)
    kinds = {*map(type, copied)}
    if kinds & _NESTED:
        try:
            copied = [deepcopy(cell) if type(cell) in _NESTED else cell for cell in copied]
        except RecursionError:
            raise PluginError(f"a cell in the column {_quoted(name)} that is nested too deeply") from None
    for kind in kinds - _CELLS - _NESTED:
        if issubclass(kind, _KNOWN) or hasattr(kind, "dtype"):
            continue
        if kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__:
            odd = next(cell for cell in copied if type(cell) is kind)
            raise PluginError(
                f"the cell {shown(odd)} in the column {_quoted(name)}, which is not a value of logs"
            )
        copied = [str(cell) if type(cell) is kind else cell for cell in copied]
    return copied


def _quoted(name: str) -> str:
    return f"`{name}`"
