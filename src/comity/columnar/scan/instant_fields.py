"""Instants in fields of events: each distinct value is read once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from comity.clock.zones import Zone, find_zones
from comity.columnar.arrays import NONE, Codes, Ints
from comity.columnar.scan.column_plan import DateSpanField
from comity.columns.event_columns import Coded
from comity.events.values import Scalar
from comity.plan.time.field_spans import own_begin, own_deadline, own_leave
from comity.plan.time.offsets import Offset


def read_dated(each: DateSpanField, values: Coded, zones: Coded | None) -> Ints:
    """Return the instants of a column of values, `NONE` if a value is not an instant."""
    of_use: dict[str, Callable[[Scalar | None, Zone | None, Offset | None], int | None]] = {
        "leave": own_leave,
        "deadline": own_deadline,
        "begin": own_begin,
    }
    reader = of_use[each.use]

    def read(raw: Scalar | None, zone: Zone | None) -> int | None:
        return reader(raw, zone, each.offset)

    if each.zone is not None or zones is None:
        zone = each.zone or each.default_zone
        return _of(_table([read(raw, zone) for raw in values.values]), values.codes)
    places = [each.default_zone if text is None else find_zones(text)[0] for text in zones.values]
    size = max(len(places), 1)
    pairs, codes = np.unique(values.codes.astype(np.int64) * size + zones.codes, return_inverse=True)
    found = [read(values.values[pair // size], places[pair % size]) for pair in pairs.tolist()]
    return _of(_table(found), codes.reshape(-1))


def _table(found: list[int | None]) -> Ints:
    made: Ints = np.array([NONE if instant is None else instant for instant in found] or [NONE], np.int64)
    return made


def _of(table: Ints, codes: Ints | Codes) -> Ints:
    found: Ints = table[codes]
    return found
