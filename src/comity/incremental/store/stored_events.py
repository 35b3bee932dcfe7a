"""Events as Arrow tables that are stored, and back; values keep their types as JSON texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.columns.arrow_arrays import encoded, flags, numbers, texts, valid_of, values_of
from comity.columns.event_columns import Coded, EventColumns

POSITION: Final = "position"
"""The place of an event among all events of all runs, from 0 on."""
ROLES: Final = "roles"
"""A bit for each need of the plan that keeps the event."""
_FIELD, _ATTRIBUTE = "field:", "attribute:"
Ints = NDArray[np.int64]


def table_of(columns: EventColumns, positions: Ints, roles: Ints) -> pa.Table:
    """Return events as a table, with their positions and roles."""
    count = len(columns)
    nothing = pa.nulls(count, pa.string())
    date_only = np.zeros(count, np.bool_) if columns.date_only is None else columns.date_only
    made: dict[str, pa.Array] = {
        POSITION: numbers(positions),
        ROLES: numbers(roles),
        "at": numbers(columns.at),
        "person": columns.person.cast(pa.string()),
        "id": nothing if columns.ids is None else columns.ids.cast(pa.string()),
        "label": nothing if columns.labels is None else columns.labels.cast(pa.string()),
        "date_only": flags(date_only),
    }
    for prefix, coded in ((_FIELD, columns.fields), (_ATTRIBUTE, columns.attributes)):
        made |= {f"{prefix}{name}": _written(each) for name, each in sorted(coded.items())}
    return pa.table(made)


def columns_of_table(table: pa.Table) -> EventColumns:
    """Return the events of a table; the places are those in the table."""
    whole = table.combine_chunks()

    def column(name: str) -> pa.Array:
        chunked = whole.column(name)
        return chunked.chunk(0) if chunked.num_chunks else pa.nulls(0, chunked.type)

    named = {
        prefix: {
            name.removeprefix(prefix): _read(column(name))
            for name in table.column_names
            if name.startswith(prefix)
        }
        for prefix in (_FIELD, _ATTRIBUTE)
    }
    ids, labels = column("id"), column("label")
    date_only = np.asarray(column("date_only").cast(pa.uint8()).to_numpy(zero_copy_only=False), np.bool_)
    return EventColumns(
        values_of(column("at")),
        column("person"),
        np.arange(len(whole), dtype=np.int64),
        named[_FIELD],
        named[_ATTRIBUTE],
        None if ids.null_count == len(ids) else ids,
        None if labels.null_count == len(labels) else labels,
        date_only if date_only.any() else None,
    )


def int_column(table: pa.Table, name: str) -> Ints:
    """Return a column of whole numbers."""
    column = table.column(name).combine_chunks()
    found = column.chunk(0) if isinstance(column, pa.ChunkedArray) and column.num_chunks else column
    return np.zeros(0, np.int64) if not len(found) else values_of(found)


def one_after_another(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables one after another, in the order of positions."""
    whole = pa.concat_tables(tables).unify_dictionaries()
    positions = int_column(whole, POSITION)
    if len(positions) > 1 and bool((np.diff(positions) < 0).any()):
        whole = whole.take(numbers(np.argsort(positions, kind="stable")))
    return whole


def where(table: pa.Table, chosen: NDArray[np.bool_]) -> pa.Table:
    """Return the rows for which `chosen` is true."""
    return table if bool(chosen.all()) else table.filter(flags(chosen))


def of_persons(table: pa.Table, persons: pa.Array) -> pa.Table:
    """Return the events of some persons."""
    return table.filter(pc.is_in(table.column("person"), persons))


def _written(coded: Coded) -> pa.Array:
    codes, values = _distinct(coded)
    return pa.DictionaryArray.from_arrays(numbers(codes), texts(values))


def _distinct(coded: Coded) -> tuple[NDArray[np.int32], list[str]]:
    """Return the codes of values as JSON texts, each text once and none that no event has."""
    written = [json.dumps(value) for value in coded.values] or ["null"]
    used = np.zeros(len(written), np.bool_)
    used[coded.codes] = True
    known: dict[str, int] = {}
    table = [
        known.setdefault(text, len(known)) if there else 0
        for text, there in zip(written, used.tolist(), strict=True)
    ]
    return np.array(table, np.int32)[coded.codes], list(known) or ["null"]


def _read(column: pa.Array) -> Coded:
    codes, values = encoded(column)
    return Coded(codes, [_value(text) for text in values])


def _value(text: str | None) -> Any:
    value = None if text is None else json.loads(text)
    return tuple(value) if isinstance(value, list) else value


def null_rows(column: pa.Array) -> NDArray[np.bool_]:
    """Return which rows of a column are null."""
    return ~valid_of(column)
