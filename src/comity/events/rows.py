"""Rows of a database as events: checked by columns, and made into events only where a rule looks at one.

`Event.of` takes some 8 us for a row, and a decision needs few of the events. Here all values of a column are
checked at once, and a combination of a person, a kind and so on is read once. If anything is out of the
ordinary, the rows are read one by one, which also says what is wrong with them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from math import isfinite
from operator import itemgetter
from typing import Any, Final, NamedTuple, overload

from comity.clock.instants import MAX_INSTANT, MIN_INSTANT, UNSURE, datetime_to_micros, parse_instant
from comity.errors import EventError
from comity.events.census import Signature
from comity.events.event import Event, hidden_in
from comity.events.from_mapping import is_attribute

_ALIKE: Final = ("person", "kind", "channel", "direction", "outcome", "timezone", "matter", "actor")
"""The fields whose values many rows share, so that each combination is read once."""
_LABELS: Final = ("id", "label")
_TEXT_OR_NONE: Final = frozenset({str, type(None)})
_NUMBER_OR_NONE: Final = frozenset({int, type(None)})
_LARGEST: Final = 1 << 62
Key = tuple[Any, ...]
"""The values of a row in the columns whose values many rows share."""


class Layout(NamedTuple):
    """What the columns of rows are."""

    alike: tuple[str, ...]
    labels: tuple[str, ...]
    attributes: tuple[str, ...]


class Rows(Sequence[Event]):
    """Checked rows in the order of their instants; a row becomes an event when it is asked for."""

    __slots__ = ("_known", "_layout", "_rows", "_samples", "instants", "keys")

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        instants: Sequence[int],
        keys: Sequence[Key],
        samples: Mapping[Key, Event],
        layout: Layout,
    ) -> None:
        self._rows = rows
        self.instants = instants
        self.keys = keys
        self._samples = samples
        self._layout = layout
        self._known: dict[int, Event] = {}

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...

    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self._rows)))]
        event = self._known.get(index)
        if event is None:
            event = self._known[index] = self._event(index)
        return event

    def _event(self, index: int) -> Event:
        row, sample = self._rows[index], self._samples[self.keys[index]]
        if self._layout.attributes or hidden_in(sample):
            return Event.of(row)
        id, label = [_text(row.get(name)) for name in _LABELS]
        return Event(
            sample.person,
            self.instants[index],
            id,
            sample.kind,
            sample.channel,
            sample.direction,
            sample.outcome,
            sample.actor,
            sample.matter,
            sample.timezone,
            label=label,
        )

    def __len__(self) -> int:
        return len(self._rows)

    def signature(self, key: Key) -> Signature:
        """Return the signature of the events with a key."""
        one = self._samples[key]
        return one.kind, one.channel, one.direction, one.outcome


class Instants(Sequence[int]):
    """The instants of datetimes, worked out when they are asked for."""

    def __init__(self, times: Sequence[dt.datetime]) -> None:
        self._times = times

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...

    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        if isinstance(index, slice):
            return [datetime_to_micros(time)[0] for time in self._times[index]]
        return datetime_to_micros(self._times[index])[0]

    def __len__(self) -> int:
        return len(self._times)


def rows_in_order(given: Any) -> Rows | None:
    """Return rows as events in the order of their instants, None if they must be read one by one."""
    if not given or {*map(type, given)} != {dict}:
        return None
    names = tuple(given[0])
    if {*map(len, given)} != {len(names)}:
        return None
    try:
        layout = _layout(names)
        if layout is None:
            return None
        keys: Sequence[Key] = [*map(itemgetter(*layout.alike), given)]
        samples = _samples(layout.alike, keys)
        times = _times([*map(itemgetter("at"), given)])
        for name in (*layout.labels, *layout.attributes):
            if not _is_plain([*map(itemgetter(name), given)], is_label=name in layout.labels):
                return None
    except (KeyError, TypeError, ValueError, EventError):
        return None
    if samples is None or times is None:
        return None
    if sorted(times) != times:
        order = sorted(range(len(times)), key=times.__getitem__)
        given, keys, times = [[part[place] for place in order] for part in (given, keys, times)]
    instants: Sequence[int] = times if type(times[0]) is int else Instants(times)
    low = UNSURE if type(times[0]) is int else MIN_INSTANT
    return (
        Rows(given, instants, keys, samples, layout)
        if low <= instants[0] and instants[-1] <= MAX_INSTANT
        else None
    )


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value).strip() or None


@lru_cache(maxsize=256)
def _layout(names: tuple[str, ...]) -> Layout | None:
    """Sort the columns; None if some need a closer look."""
    if not {"person", "at"} <= {*names} or not all(isinstance(name, str) for name in names):
        return None
    fields = {*_ALIKE, *_LABELS, "at"}
    attributes = tuple(name for name in names if name not in fields)
    if not all(map(is_attribute, attributes)):
        return None
    alike = tuple(name for name in _ALIKE if name in names)
    # A getter of one column returns no tuple.
    return Layout(
        alike * 2 if len(alike) == 1 else alike, tuple(name for name in _LABELS if name in names), attributes
    )


def _samples(names: tuple[str, ...], keys: Iterable[Key]) -> Mapping[Key, Event] | None:
    """Read each combination of values once; None where equal values may be of different types."""
    distinct = {*keys}
    types = {*map(type, chain.from_iterable(distinct))}
    if (
        not types <= _TEXT_OR_NONE
        and not {*map(type, chain.from_iterable(keys))} <= _TEXT_OR_NONE | _NUMBER_OR_NONE
    ):
        return None
    return {key: _sample(names, key) for key in distinct}


@lru_cache(maxsize=4096)
def _sample(names: tuple[str, ...], key: Key) -> Event:
    """Read a combination of values; raises EventError."""
    return Event.of({**dict(zip(names, key, strict=True)), "at": MAX_INSTANT})


def _times(column: list[Any]) -> list[Any] | None:
    """Return whole numbers or datetimes that compare as the instants do, None for other values."""
    types = {*map(type, column)}
    if types == {int}:
        return column
    if types == {str}:
        if not all(map(_usual_time().fullmatch, column)):
            return [*map(parse_instant, column)]
        return [*map(dt.datetime.fromisoformat, column)]
    if types != {dt.datetime}:
        return None
    each = [time.tzinfo for time in column]
    zones = {each[0]} if each.count(each[0]) == len(each) else {*each}
    if all(type(zone) is dt.timezone for zone in zones):
        return column
    # The clock of a zone goes back once a year, and datetimes of one zone compare as it shows them.
    return None if None in zones else [datetime_to_micros(time)[0] for time in column]


@cache
def _usual_time() -> re.Pattern[str]:
    """Match the texts that `datetime` reads as `parse_instant` does."""
    return re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?(Z|\+[0-9]{2}:[0-5][0-9])"
    )


def _is_plain(column: list[Any], *, is_label: bool) -> bool:
    """Return whether `Event.of` surely takes all values of a column."""
    types = {*map(type, column)}
    if types <= _NUMBER_OR_NONE | ({int} if is_label else {float}):
        numbers = [*filter(None, column)]
        if not numbers:
            return True
        return min(numbers) > -_LARGEST and max(numbers) < _LARGEST and all(map(isfinite, numbers))
    if not is_label:
        return types <= _TEXT_OR_NONE | {bool}
    if not types <= _TEXT_OR_NONE:
        return False
    texts = [*filter(None, column)]
    joined = "".join(texts)
    return joined.isascii() and (joined.split() == [joined] or all(map(str.strip, texts)))
