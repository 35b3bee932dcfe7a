"""Two fields beside each other over columns: single values as numbers, several values by distinct pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from comity.clock.zones import find_zones
from comity.columnar.arrays import Bools, Ints
from comity.columns.event_columns import Coded
from comity.plan.field_pairs import STRETCHES, PairTest, Stretch
from comity.plan.selectors import CompareFields, Relation
from comity.plan.time.field_spans import own_stretch

Values = Sequence[tuple[Any, ...]]
"""The values that a field has for each distinct value of its column."""
Stretches = tuple[Ints, Ints, Bools]
"""The first and the last instant of each event, and whether it has any."""
_COMPARE: Final[dict[Relation, Callable[[Any, Any], Any]]] = {
    "same-as": np.equal,
    "at-least": np.greater_equal,
    "at-most": np.less_equal,
    "more-than": np.greater,
    "less-than": np.less,
}


def compare_columns(relation: Relation, one: Coded, other: Coded, holds: PairTest) -> Bools:
    """Return for each event whether the relation holds; columns have tuples of values, empty if absent."""
    if max(map(len, (*one.values, *other.values)), default=0) > 1:
        return _by_pairs(one, other, holds)
    numbers: dict[Any, float] = {}
    if relation == "same-as":
        for values in (*one.values, *other.values):
            for value in values:
                numbers.setdefault(value, float(len(numbers)))
    compared = _COMPARE[relation](_numbered(one, numbers), _numbered(other, numbers))
    return np.asarray(compared, np.bool_)


def _numbered(column: Coded, numbers: dict[Any, float]) -> Any:
    """Return a number for each event, not a number (which stands to none in any way) where it is absent."""
    table = [numbers.get(values[0], values[0]) if values else np.nan for values in column.values]
    return np.array(table or [np.nan], np.float64)[column.codes]


def _by_pairs(one: Coded, other: Coded, holds: PairTest) -> Bools:
    size = max(len(other.values), 1)
    pairs, codes = np.unique(one.codes.astype(np.int64) * size + other.codes, return_inverse=True)
    found = [holds(one.values[pair // size], other.values[pair % size]) for pair in pairs.tolist()]
    table: Bools = np.array(found or [False], np.bool_)
    met: Bools = table[codes.reshape(-1)]
    return met


def compare_stretches(relation: Relation, one: Stretches, other: Stretches) -> Bools:
    """Return for each event whether the relation holds of its stretches of time."""
    compared = STRETCHES[relation](one[0], one[1], other[0], other[1])
    return np.asarray(compared & one[2] & other[2], np.bool_)


def read_stretches(part: CompareFields, values: Coded, zones: Coded | None) -> Stretches:
    """Read a column of instants; each distinct value is read once in each zone of its events."""
    if zones is None:
        return _arrays([own_stretch(raw, part.zone) for raw in values.values], values.codes)
    places = [part.zone if text is None else find_zones(text)[0] for text in zones.values]
    size = max(len(places), 1)
    pairs, codes = np.unique(values.codes.astype(np.int64) * size + zones.codes, return_inverse=True)
    found = [own_stretch(values.values[pair // size], places[pair % size]) for pair in pairs.tolist()]
    return _arrays(found, codes.reshape(-1))


def _arrays(found: Sequence[Stretch | None], codes: Any) -> Stretches:
    known = [(0, 0) if each is None else each for each in found] or [(0, 0)]
    table = np.array(known, np.int64)[codes]
    present = np.array([each is not None for each in found] or [False], np.bool_)
    return table[:, 0], table[:, 1], present[codes]
