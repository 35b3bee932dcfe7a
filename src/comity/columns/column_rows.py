"""Columns as a batch for rules that judge event by event: only the rows that they need become objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import attrs
import numpy as np

from comity.columns.arrow_arrays import numbers
from comity.columns.event_columns import ABSENT, EventColumns
from comity.columns.taken import take_columns
from comity.events.census import Signature
from comity.events.event import NO_ATTRIBUTES, Event, WithHidden

_SIGNATURE = ("kind", "channel", "direction", "outcome")
_MOST_COMBINATIONS = 1 << 16
_FEW = 64
"""So many signatures are found one by one faster than by sorting."""


class ColumnRows:
    """The rows of some columns."""

    def __init__(self, columns: EventColumns) -> None:
        self._columns = columns
        self._made: dict[int, Event] = {}
        self._codes, self._counts = self._code()
        self.instants: Sequence[int] = columns.at  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._columns)

    def _code(self) -> tuple[Any, Any]:
        """Return the code of the signature of each row, and how many rows have which code."""
        columns, codes, size = self._columns, np.zeros(len(self._columns), np.int64), 1
        coded = [columns.fields[name] for name in _SIGNATURE if name in columns.fields]
        for each in coded:
            codes += each.codes * np.int64(size)
            size *= max(len(each.values), 1)
        if size <= _MOST_COMBINATIONS:
            return codes, np.bincount(codes, minlength=size)
        _, codes = np.unique(codes, return_inverse=True)
        return codes, np.bincount(codes)

    def signatures(self) -> Iterator[tuple[int, Signature, int, int]]:
        """Yield each code that there is, with its signature, the first row that has it, and how many do."""
        present = np.flatnonzero(self._counts).tolist()
        if len(present) <= _FEW:
            first = [int((self._codes == code).argmax()) for code in present]
        else:
            first = np.unique(self._codes, return_index=True)[1].tolist()
        for code, row in zip(present, first, strict=True):
            kind, channel, direction, outcome = [self._value(name, row) for name in _SIGNATURE]
            yield code, (kind, channel, direction, outcome), row, int(self._counts[code])

    def of_signatures(
        self, kept: Sequence[int], most: int
    ) -> Iterator[tuple[list[int], list[int], list[str], list[str | None] | None, list[int]]]:
        """Yield the rows of some signatures, in order and so many at a time.

        They are numbers, instants, persons, names and signatures; a signature is its place among those that
        are kept. The names are None if no row has one.
        """
        columns = self._columns
        table = np.full(len(self._counts), -1, np.int64)
        table[kept] = np.arange(len(kept))
        codes = table[self._codes]
        every = np.flatnonzero(codes >= 0)
        for begin in range(0, len(every), most):
            rows = every[begin : begin + most]
            where = numbers(rows)
            persons, ids, labels = [
                [] if column is None else column.take(where).to_pylist()
                for column in (columns.person, columns.ids, columns.labels)
            ]
            names = ids or labels or None
            if ids and labels:
                names = [name or label for name, label in zip(ids, labels, strict=True)]
            yield rows.tolist(), columns.at[rows].tolist(), persons, names, codes[rows].tolist()

    def event(self, row: int) -> Event:
        """Return a row as an event."""
        made = self._made.get(row)
        if made is None:
            made = self._made[row] = self._make(row)
        return made

    def unread_event(self, row: int, at: int) -> Event:
        """Return a row with this instant as an event that is made when another field is read."""
        unread: Event = _new(UnreadEvent)
        _at(unread, at)
        _hidden(unread, (self, row))
        return unread

    def _make(self, row: int) -> Event:
        columns = self._columns
        texts = [
            None if column is None else column[row].as_py()
            for column in (columns.person, columns.ids, columns.labels)
        ]
        person, name, label = texts
        attributes = {
            key: value
            for key, coded in columns.attributes.items()
            if (value := coded.values[coded.codes[row]]) is not None
        }
        return Event(
            person or "",
            int(columns.at[row]),
            name,
            attributes=attributes or NO_ATTRIBUTES,
            label=label,
            date_only=columns.date_only is not None and bool(columns.date_only[row]),
            **{key: self._value(key, row) for key in ABSENT},
        )

    def _value(self, name: str, row: int) -> Any:
        coded = self._columns.fields.get(name)
        value = None if coded is None else coded.values[coded.codes[row]]
        return ABSENT[name] if value is None else value

    def known(self) -> list[tuple[int, tuple[str, str, int]]]:
        """Return the rows that have an id, each with its id, person and instant."""
        columns = self._columns
        if columns.ids is None:
            return []
        keys = zip(columns.ids.to_pylist(), columns.person.to_pylist(), columns.at.tolist(), strict=True)
        return [(row, key) for row, key in enumerate(keys) if key[0]]

    def without(self, rows: Sequence[int]) -> ColumnRows:
        """Return the other rows."""
        return ColumnRows(take_columns(self._columns, np.delete(np.arange(len(self)), rows)))

    def first_late(self, latest: int) -> tuple[int, int] | None:
        """Return the first row that is earlier than the one before it, and the instant that it is behind.

        The first row comes after `latest`; None if all rows are in order.
        """
        at = self._columns.at
        before = np.concatenate((np.array([latest], np.int64), at[:-1]))
        late = np.flatnonzero(at < before)
        return (int(late[0]), int(before[late[0]])) if len(late) else None

    def outside(self, low: int, high: int) -> list[int]:
        """Return the rows whose instants are before `low` or after `high`."""
        at = self._columns.at
        found: list[int] = np.flatnonzero((at < low) | (at > high)).tolist()
        return found

    def number(self, row: int) -> int:
        """Return the number of a row in its table, from 1 on."""
        return int(self._columns.places[row]) + 1

    def with_values(self, suspects: Callable[[str, object], bool]) -> Iterator[Event]:
        """Yield the events with an attribute whose name and value `suspects` is true for."""
        there = np.zeros(len(self), np.bool_)
        for name, coded in self._columns.attributes.items():
            there |= np.array([suspects(name, value) for value in coded.values] or [False])[coded.codes]
        return map(self.event, np.flatnonzero(there).tolist())


class UnreadEvent(Event):
    """A row of columns that becomes an event when one of its fields is read: of most only the instant is."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        """Make the event: Python asks here for a field that has no value yet."""
        if name not in _FIELDS:
            raise AttributeError(f"`{Event.__name__}` has no `{name}`")
        rows, row = _hidden_of(self)
        made = rows.event(row)
        for field in (*_FIELDS, "_hidden"):
            _set(self, field, getattr(made, field))
        _set(self, "__class__", Event)
        return getattr(self, name)


_FIELDS: Final = tuple(field.name for field in attrs.fields(Event))
_set: Final[Any] = object.__setattr__
_new: Final[Any] = object.__new__
_at: Final[Any] = Event.__dict__["at"].__set__
_hidden: Final[Any] = WithHidden.__dict__["_hidden"].__set__
_hidden_of: Final[Any] = WithHidden.__dict__["_hidden"].__get__
