"""Rows in batches as events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, repeat
from typing import Any, Final

import attrs

from comity.clock.zones import Zone
from comity.events.channels.channel import Channels
from comity.events.event import NO_ATTRIBUTES, Event
from comity.events.fields import FIELDS
from comity.events.hidden import Hidden
from comity.events.values import Scalar
from comity.readers.events.cells import Bad, Cells
from comity.readers.events.fields import FieldReader
from comity.readers.events.times import ColumnTimes
from comity.readers.mapping.mapping import MAPPABLE, FieldRule
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.readers.row_batch import BadRow, RowBatch
from comity.readers.row_counts import RowCounts
from comity.readers.seen_rows import SeenRows
from comity.records import define

_TEXTS: Final = ("kind", "channel", "direction", "outcome", "actor", "matter", "timezone")
"""Fields of an event between its id and its attributes, in the order of its arguments."""


@define
class MappedRows:
    """The events of a batch of rows, and the rows that are rejected."""

    events: list[Event]
    numbers: Sequence[int]
    """The row of each event; only where the mapping has no `[[also]]`."""
    rejected: list[BadRow]
    counts: RowCounts


class RowMaker:
    """Makes events of rows by a mapping."""

    def __init__(
        self,
        mapping: LogMapping,
        timezone: Zone | None,
        attributes: frozenset[str] | None,
        label: str = "#",
        channels: Channels | None = None,
        hidden: Hidden | None = None,
        seen: SeenRows | None = None,
    ) -> None:
        """Prepare the rules; `label` begins the labels of events, and rows that are in `seen` are skipped."""
        self._hidden = hidden
        self._mapping = mapping
        self._seen = seen
        self._attributes = attributes
        self._label = label.replace("%", "%%") + "%d"
        self._encoding = (mapping.log.encoding or "utf-8").lower()
        self._encoding = "utf-8" if self._encoding in ("utf8", "utf_8", "utf-8-sig") else self._encoding
        fields = {field: FieldRule(field) for field in MAPPABLE} | {
            name: rule for name, rule in mapping.fields.items() if self._wants(name)
        }
        fields["at"] = _naming(fields["at"], mapping.zones)
        self.first = FieldReader(fields, timezone, channels=channels)
        self._also = [
            FieldReader(
                {name: rule for name, rule in fields.items() if self._wants(name)}
                | {"at": _naming(fields["at"], mapping.zones)},
                timezone,
                self.first.zone,
                channels,
            )
            for fields in mapping.also
        ]
        self._mapped = frozenset(rule.column for rule in mapping.fields.values())

    def _wants(self, name: str) -> bool:
        return name in FIELDS or self._attributes is None or name in self._attributes

    def make(self, batch: RowBatch) -> MappedRows:
        """Return the events of the rows of a batch, in order."""
        columns = {
            name: Cells(
                cells,
                plain=batch.plain,
                precision=batch.times.get(name),
                encoding=self._encoding,
                depth=self._mapping.log.budgets.depth,
            )
            for name, cells in batch.columns.items()
        }
        numbers = batch.numbers
        kept = self._kept(columns, len(numbers))
        if kept is not None:
            columns = {name: cells.compress(kept) for name, cells in columns.items()}
            numbers = [numbers[i] for i in kept]
        bad: Bad = {}
        events, times = self._events(columns, numbers, bad)
        counted = [times]
        further: dict[int, list[Event]] = {}
        for order, fields in enumerate(self._also, 1):
            counted.append(self._add_also(fields, order, columns, events, further, bad))
        if self._hidden is not None:
            for fields in (self.first, *self._also):
                fields.look_for_hidden(columns, self._hidden)
        rejected = list(batch.rejected)
        for index, reason in bad.items():
            cells = {name: column.raw[index] for name, column in columns.items()}
            rejected.append(BadRow(numbers[index], reason, cells))
        rejected.sort(key=lambda row: row.number)
        skipped = len(batch.numbers) - len(numbers)
        instants = times.instants
        again = self._again(events, bad)
        if bad or again:
            keep = [index not in bad and index not in again for index in range(len(events))]
            skipped += len(again)
            instants = list(compress(instants, keep))
            if not further:
                events = list(compress(events, keep))
                numbers = list(compress(numbers, keep))
        if further:
            events = [
                each
                for index, event in enumerate(events)
                if index not in bad and index not in again
                for each in (event, *further.get(index, ()))
            ]
        counts = RowCounts(
            rows_read=batch.count,
            rows_rejected=len(rejected),
            rows_skipped=skipped,
            events=len(events),
            moved=sum(_count(found.moved, bad) for found in counted),
            repeated=sum(_count(found.repeated, bad) for found in counted),
            dates_without_time=sum(_count(found.dates, bad) for found in counted),
            latest=max(instants, default=None),
        )
        return MappedRows(events, numbers, rejected, counts)

    def _again(self, events: list[Event], bad: Bad) -> frozenset[int]:
        """Return the indices of the rows that were read before and are skipped."""
        if self._seen is None:
            return frozenset()
        good = [index for index in range(len(events)) if index not in bad]
        rows = ((events[index].id, events[index].person, events[index].at) for index in good)
        new = self._seen.are_new(rows)
        return frozenset(index for index, is_new in zip(good, new, strict=True) if not is_new)

    def _kept(self, columns: Mapping[str, Cells], count: int) -> list[int] | None:
        """Return the indices of the rows that pass every `[[only]]`; None where all pass."""
        kept: Sequence[int] = range(count)
        for only in self._mapping.only:
            column, values = columns.get(only.column.strip()), frozenset(v.strip() for v in only.values)
            if column is None:
                return []
            texts = column.texts({})
            kept = [i for i in kept if texts[i] in values]
        return None if len(kept) == count else list(kept)

    def _events(
        self, columns: Mapping[str, Cells], numbers: Sequence[int], bad: Bad
    ) -> tuple[list[Event], ColumnTimes]:
        count = len(numbers)
        read = self.first
        persons = read.person(columns, count, bad)
        times = read.times(columns, count, bad)
        ids = read.column("id", columns, bad)
        attributes = self._attribute_dicts(columns, count, bad)
        labels: Iterable[str | None]
        if isinstance(ids, repeat):
            labels = map(self._label.__mod__, numbers)
        else:
            labels = [None if i is not None else self._label % n for i, n in zip(ids, numbers, strict=True)]
        events = list(
            map(
                Event,
                persons,
                times.instants,
                ids,
                *(read.column(field, columns, bad) for field in _TEXTS),
                attributes,
                labels,
                *([_marks(times.dates, count)] if times.dates else ()),
            )
        )
        return events, times

    def _attribute_dicts(
        self, columns: Mapping[str, Cells], count: int, bad: Bad
    ) -> Iterable[Mapping[str, Scalar]]:
        made = self.first.attributes(columns, count, bad)
        for name, cells in columns.items():
            if name in made or name in FIELDS or name in self._mapping.fields:
                continue
            if name in self._attributes if self._attributes is not None else name not in self._mapped:
                made[name] = cells.attributes(bad)
        return _dicts(made)

    def _add_also(
        self,
        fields: FieldReader,
        order: int,
        columns: Mapping[str, Cells],
        events: list[Event],
        further: dict[int, list[Event]],
        bad: Bad,
    ) -> ColumnTimes:
        where = fields.present(columns, len(events))
        subset = {name: cells.compress(where) for name, cells in columns.items()}
        found: Bad = {}
        times = fields.times(subset, len(where), found)
        given: dict[str, Iterable[Any]] = {"at": times.instants}
        if "person" in fields.rules:
            given["person"] = fields.person(subset, len(where), found)
        for name in fields.rules:
            if name in MAPPABLE and name not in given:
                given[name] = fields.column(name, subset, found)
        attributes = list(_dicts(fields.attributes(subset, len(where), found), len(where)))
        firsts = [events[i] for i in where]
        given["date_only"] = _marks(times.dates, len(where))
        if "id" not in given:
            given["id"] = [None if e.id is None else f"{e.id}+{order}" for e in firsts]
        names = list(given)
        for index, event, extra, *values in zip(where, firsts, attributes, *given.values(), strict=False):
            changes = dict(zip(names, values, strict=True))
            if extra:
                changes["attributes"] = {**event.attributes, **extra}
            if changes["id"] is None:
                changes["label"] = f"{event.label or event.id}+{order}"
            else:
                changes["label"] = None
            further.setdefault(index, []).append(attrs.evolve(event, **changes))
        for index, reason in found.items():
            bad.setdefault(where[index], f"{reason} (in [[also]])")
        parts = ([where[i] for i in part] for part in (times.moved, times.repeated, times.dates))
        return ColumnTimes(times.instants, *parts)


def _marks(indices: Iterable[int], count: int) -> list[bool]:
    """Return for each row whether its index is given."""
    marks = [False] * count
    for index in indices:
        marks[index] = True
    return marks


def _naming(rule: FieldRule, zones: dict[str, str]) -> FieldRule:
    """Return a rule of times with the abbreviations that the mapping defines for all rules."""
    return attrs.evolve(rule, zones={**zones, **(rule.zones or {})}) if zones else rule


def _dicts(
    columns: Mapping[str, list[Scalar | None]], count: int | None = None
) -> Iterable[Mapping[str, Scalar]]:
    if not columns:
        return repeat(NO_ATTRIBUTES) if count is None else [NO_ATTRIBUTES] * count
    names = list(columns)
    if not any(None in column for column in columns.values()):
        return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*columns.values(), strict=True)
    ]


def _count(indices: Iterable[int], bad: Bad) -> int:
    return sum(index not in bad for index in indices) if bad else len(list(indices))
