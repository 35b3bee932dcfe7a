"""Several parts of events as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.columns.arrow_arrays import numbers, together
from comity.columns.event_columns import Coded, EventColumns


def join_columns(parts: Sequence[EventColumns]) -> EventColumns:
    """Return all events in the order of their places; the parts must have the same fields and attributes."""
    places = np.concatenate([part.places for part in parts])
    order = np.argsort(places, kind="stable")
    where = numbers(order)

    def texts(name: str) -> pa.Array | None:
        found = together([getattr(part, name) for part in parts], [len(part) for part in parts])
        return None if found is None else found.take(where)

    def coded(name: str) -> dict[str, Coded]:
        tables = [getattr(part, name) for part in parts]
        return {key: _join_coded([table[key] for table in tables], order) for key in tables[0]}

    return EventColumns(
        np.concatenate([part.at for part in parts])[order],
        texts("person"),
        places[order],
        coded("fields"),
        coded("attributes"),
        texts("ids"),
        texts("labels"),
        None
        if all(part.date_only is None for part in parts)
        else np.concatenate(list(map(_marks, parts)))[order],
    )


def _marks(part: EventColumns) -> NDArray[np.bool_]:
    return np.zeros(len(part), np.bool_) if part.date_only is None else part.date_only


def _join_coded(parts: Sequence[Coded], order: NDArray[np.int64]) -> Coded:
    codes: list[NDArray[np.int32]] = []
    values: list[object] = []
    for part in parts:
        codes.append(part.codes + len(values))
        values += part.values
    return Coded(np.concatenate(codes)[order], values)
