"""The different values of counted rows: how many there are between two places, and which are the latest."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import Bools, Ints, bisect
from comity.columnar.operators.rule_view import ScopedRows
from comity.columnar.range_counts import RangeCounts
from comity.plan.selectors.different import NO_CHANNEL
from comity.records import frozen


@frozen(eq=False)
class PlacedValues:
    """The values of some rows: an entry for each value of each row, in order; arrays are (n,)."""

    which: Ints
    """The number of the entry's row among the given ones."""
    codes: Ints
    """Equal codes mean equal values."""


def values_at(view: ScopedRows, name: str | None, places: Ints) -> PlacedValues:
    """Return the values of a field, or the local days for None, of the rows at some places."""
    rows = view.rows(places)
    every = np.arange(len(places))
    if name is None:
        return PlacedValues(every, view.zoned.local_days(rows, view.at[places]))
    partition = view.partition
    if name == "person":
        return PlacedValues(every, partition.person_codes()[rows].astype(np.int64))
    if name == "matter":
        which, codes = partition.matters_at(rows)
        return PlacedValues(which[codes > 0], codes[codes > 0].astype(np.int64))
    codes = partition.column(f"field-{name}")[rows]
    nothing = (None, NO_CHANNEL) if name == "channel" else (None,)
    absent = np.array([value in nothing for value in partition.scanner.values(name)] or [True], np.bool_)
    there = np.flatnonzero(~absent[codes])
    return PlacedValues(there, codes[there].astype(np.int64))


class DifferentValues:
    """The values of counted rows, as entries in the order of rows; each knows the one before of its value."""

    def __init__(self, view: ScopedRows, name: str | None, counted: Bools) -> None:
        places = np.flatnonzero(counted)
        values = values_at(view, name, places)
        self.places = places[values.which]
        self.at = view.at[self.places]
        self.codes = values.codes
        scopes = view.scoped.starts[self.places]
        order = np.lexsort((np.arange(len(self.places)), values.codes, scopes))
        self._order, self._scopes, self._sorted = order, scopes[order], values.codes[order]
        same = (self._scopes[1:] == self._scopes[:-1]) & (self._sorted[1:] == self._sorted[:-1])
        previous = np.full(len(order), -1)
        previous[order[1:][same]] = order[:-1][same]
        self._before = RangeCounts(previous + 1)

    def between(self, base: Ints, judged: Ints) -> tuple[Ints, Ints]:
        """Return for each judged row its entries from a place on, as the first and the end; both (k,)."""
        return np.searchsorted(self.places, base), np.searchsorted(self.places, judged)

    def count(self, first: Ints, end: Ints) -> Ints:
        """Return how many different values each range of entries has; shape (k,)."""
        return self._before.below(first, end, first + 1)

    def enough(self, first: Ints, end: Ints, least: int) -> Ints:
        """Return the entry of each range by which it has so many different values, or -1; shape (k,)."""
        found = np.full(len(first), -1)
        which = np.flatnonzero(self.count(first, end) >= least)
        found[which] = self.nth(None, first[which], end[which], np.full(len(which), least))
        return found

    def last_of(self, scopes: Ints, codes: Ints, ends: Ints) -> Ints:
        """Return for each scope and value its last entry before an end, or -1 if it has none; shape (k,)."""
        if not len(self._order):
            return np.full(len(codes), -1)
        _, rank = np.unique(
            np.stack((np.append(self._scopes, scopes), np.append(self._sorted, codes))),
            axis=1,
            return_inverse=True,
        )
        known, asked = np.split(rank.reshape(-1), [len(self._order)])
        low, high = np.searchsorted(known, asked), np.searchsorted(known, asked, "right")
        found = bisect(self._order, low, high, ends) - 1
        last: Ints = np.where(found >= low, self._order[np.maximum(found, 0)], -1)
        return last

    def nth(self, own: OwnValues | None, first: Ints, end: Ints, wanted: Ints) -> Ints:
        """Return the latest entry of each range from which on it has `wanted` different values; shape (k,).

        The own values of the judged row do not count. The whole range must have `wanted` of them.
        """
        low, high = first.copy(), end.copy()
        while True:
            open_ = np.flatnonzero(high - low > 1)
            if not len(open_):
                return low
            middle = (low[open_] + high[open_]) >> 1
            found = self.count(middle, end[open_])
            if own is not None:
                found -= own.since(middle, open_)
            enough = found >= wanted[open_]
            low[open_[enough]] = middle[enough]
            high[open_[~enough]] = middle[~enough]


class OwnValues:
    """The values of judged rows themselves, and where counted rows had them before."""

    def __init__(
        self, view: ScopedRows, values: DifferentValues, name: str | None, judged: Ints, ends: Ints
    ) -> None:
        own = values_at(view, name, judged)
        last = values.last_of(view.scoped.starts[judged][own.which], own.codes, ends[own.which])
        self.number = np.bincount(own.which, minlength=len(judged))
        """How many values each row has."""
        self._first = np.cumsum(self.number) - self.number
        most = int(self.number.max(initial=0))
        self._last = np.full((most, len(judged)), -1)
        """By the number of a value in its row: the last entry that has it, -1 for none."""
        self._last[np.arange(len(own.which)) - self._first[own.which], own.which] = last

    def since(self, first: Ints, which: Ints | None = None) -> Ints:
        """Return how many own values of each row (in `which`) an entry from `first` on has; shape (k,)."""
        last = self._last if which is None else self._last[:, which]
        found: Ints = (last >= first).sum(axis=0)
        return found

    def of(self, which: Ints) -> OwnValues:
        """Return the own values of some rows."""
        made = object.__new__(OwnValues)
        made.number, made._last = self.number[which], self._last[:, which]
        return made
