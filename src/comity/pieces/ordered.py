"""The rows of a piece in the order of the log, whatever the order in which they come."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columnar.arrays import Bools, Ints, Numbers
from comity.columns.arrow_arrays import encoded, numbers
from comity.errors import UsageError
from comity.notices import Notice
from comity.pieces.reading import Reading
from comity.records import frozen

_LARGE: Final = 1 << 31
"""From so many bytes on, the texts of a column may be too long for one array of ordinary texts."""


@frozen(eq=False)
class Ordered:
    """Rows in order."""

    table: pa.Table
    order: pa.Array
    """The values of the order column, as texts."""
    tied: Bools
    """Which rows have the value of another row."""
    missing: int
    """How many rows have no value."""


def in_order(table: pa.Table, order_by: str) -> Ordered:
    """Return the rows of a table by a column; rows with equal values come in the order of their contents.

    So the same rows give the same findings in whatever order they come. Raises UsageError for a column that
    has no order.
    """
    table = _in_utc(table)
    if table.nbytes > _LARGE:
        table = table.cast(pa.schema([each.with_type(_large(each.type)) for each in table.schema]))
    # All values of a column in one array: rows are taken from it several times.
    table = table.combine_chunks()
    try:
        table = _sorted(table, order_by, [order_by])
        tied = _tied(table, order_by)
        if tied.any():
            others = [each.name for each in table.schema if each.name != order_by and _has_order(each.type)]
            table = _sorted(table, order_by, [order_by, *others])
            tied = _tied(table, order_by)
        order = table.column(order_by)
        texts = order.cast(pa.string()).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        kind = table.schema.field(order_by).type
        raise UsageError(
            f"rows cannot be ordered by the column `{order_by}`, which has {kind} values"
        ) from None
    return Ordered(table, texts, tied, order.null_count)


def _large(kind: pa.DataType) -> pa.DataType:
    return pa.large_string() if pa.types.is_string(kind) else kind


def _in_utc(table: pa.Table) -> pa.Table:
    """Return instants in UTC: which zone a session shows them in does not count."""
    fields = [
        each.with_type(pa.timestamp(each.type.unit, "UTC"))
        if pa.types.is_timestamp(each.type) and each.type.tz is not None
        else each
        for each in table.schema
    ]
    schema = pa.schema(fields)
    return table if schema.equals(table.schema) else table.cast(schema)


def _sorted(table: pa.Table, order_by: str, names: list[str]) -> pa.Table:
    if len(names) == 1 and _ascending(table.column(order_by)):
        return table
    keys = [(name, "ascending") for name in names]
    return table.take(pc.sort_indices(table, keys)).combine_chunks()


def _ascending(column: pa.ChunkedArray) -> bool:
    if len(column) < 2:
        return True
    return not column.null_count and bool(pc.all(pc.less(column[:-1], column[1:])).as_py())


def _tied(table: pa.Table, order_by: str) -> Bools:
    column = table.column(order_by)
    tied = np.zeros(len(column), np.bool_)
    if len(column) > 1:
        one, other = column[:-1], column[1:]
        both = pc.and_(one.is_null(), other.is_null())
        same = np.asarray(pc.or_kleene(pc.equal(one, other), both).fill_null(False))
        tied[1:] |= same
        tied[:-1] |= same
    return tied


def _has_order(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_primitive(kind)
        or types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_decimal(kind)
    )


def order_notices(rows: Ordered, order_by: str, reading: Reading) -> list[Notice]:
    """Return notices about rows without a place in the order, where that may change what is found."""
    notices = []
    if rows.missing:
        notices.append(missing_notice(rows.missing, order_by))
    where = np.flatnonzero(rows.tied)
    if len(where):
        tied, example = _tied_events(rows, where, reading)
        if tied:
            notices.append(tied_notice(tied, example, order_by))
    return notices


def missing_notice(count: int, order_by: str) -> Notice:
    """Make the notice about rows without a value in the order column."""
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    message = f"{rows} no value in `{order_by}`, by which the rows are ordered, and count as the last"
    help = "order the rows by a column in which each has a value of its own"
    return Notice("order-missing", message, count=count, help=help)


def unnamed_notice(count: int, order_by: str) -> Notice:
    """Make the notice about rows without an id."""
    rows = (
        "1 row has no id, and its event is" if count == 1 else f"{count:,} rows have no id: their events are"
    )
    message = f"{rows} named by `{order_by}`"
    return Notice("id-missing", message, count=count)


def tied_notice(count: int, example: str, order_by: str) -> Notice:
    """Make the notice about events of one person at one instant whose order is not known."""
    message = f"{count:,} events have the person, the instant and the value in `{order_by}` of another one"
    help = (
        "which of them is earlier is not known, and their contents decide: order the rows by a column "
        "whose values are all different"
    )
    return Notice("order-ties", message, count=count, example=example, help=help)


def _tied_events(rows: Ordered, where: Ints, reading: Reading) -> tuple[int, str]:
    """Return how many events have the person, instant and order of another one, and one of the persons."""
    mapping = attrs.evolve(reading.mapping, also=())
    table, before = rows.table.take(numbers(where)), 0
    codes, _ = encoded(rows.order.take(numbers(where)))
    persons, instants, orders = [], [], []
    for block in attrs.evolve(reading, mapping=mapping).log(table).blocks(frozenset()):
        loaded = block.load()
        persons.append(loaded.columns.person.cast(pa.string()))
        instants.append(loaded.columns.at)
        orders.append(codes[loaded.columns.places + before])
        before += loaded.extent
    who, names = encoded(pa.concat_arrays(persons))
    keys: tuple[Numbers, ...] = (who, np.concatenate(instants), np.concatenate(orders))
    order = np.lexsort(keys)
    same = np.ones(max(len(order) - 1, 0), np.bool_)
    for key in keys:
        in_order = key[order]
        same &= in_order[1:] == in_order[:-1]
    again = np.zeros(len(order), np.bool_)
    again[1:] |= same
    again[:-1] |= same
    found = {names[code] for code in np.unique(who[order][again]).tolist()}
    return int(again.sum()), min(found, default="")
