from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from comity.events.event import Event
from comity.events.fields import FIELDS
from comity.readers import BUILTIN_READERS, Log, Mapping, Rejection, RowCounts


@attrs.define
class Result:
    events: list[Event]
    rejected: list[Rejection]
    tally: RowCounts

    @property
    def reasons(self) -> dict[int, str]:
        return {rejection.row: rejection.reason for rejection in self.rejected}


Read = Callable[..., Result]


def read_log(paths: list[Any], **options: Any) -> Result:
    rejected: list[Rejection] = []
    log = Log(paths, readers=BUILTIN_READERS, on_reject=rejected.append, **options)
    events = [event for batch in log.batches() for event in batch]
    also = sum(event.kind in ("+", "over") for event in events)
    tally = log.tally
    assert tally.events == len(events)
    assert tally.rows_read == tally.events - also + tally.rows_rejected + tally.rows_skipped
    assert tally.rows_rejected == len(rejected)
    assert log.latest() == tally.latest
    assert log.counts()["rows_read"] == tally.rows_read
    again = [event for batch in log.batches() for event in batch]
    assert again == events
    assert log.tally == tally
    once = rejected[: tally.rows_rejected]
    rejected.clear()
    by_columns = events_of(log, frozenset(FIELDS).union(*(event.attributes for event in events)))
    assert by_columns == [as_read(event) for event in events]
    assert log.tally == tally
    assert repr(rejected) == repr(once)
    return Result(events, once, tally)


def as_read(event: Event) -> Event:
    """Return an event as reports see it: labelled where it has no id, each attribute with its type."""
    attributes: dict[str, Any] = {
        name: (type(value), repr(value)) for name, value in event.attributes.items()
    }
    return attrs.evolve(event, label=None if event.id else event.label, attributes=attributes)


def events_of(log: Log, fields: frozenset[str]) -> list[Event]:
    """Read a log by columns and give the events that these stand for."""
    events, before, file = [], 0, 0
    for block in log.blocks(fields):
        before = before if block.file == file else 0
        file = block.file
        loaded = block.load()
        loaded.add_counts(before)
        columns = loaded.columns
        ids = [None] * len(columns) if columns.ids is None else columns.ids.to_pylist()
        labels = [None] * len(columns) if columns.labels is None else columns.labels.to_pylist()
        rows = {
            name: [column.values[code] for code in column.codes] for name, column in columns.fields.items()
        }
        further = {
            name: [column.values[code] for code in column.codes]
            for name, column in columns.attributes.items()
        }
        assert list(columns.places) == sorted(columns.places)
        for index, person in enumerate(columns.person.to_pylist()):
            values = {name: column[index] for name, column in further.items()}
            label = labels[index] or f"{block.prefix}{before + columns.places[index] + 1}"
            events.append(
                Event(
                    person,
                    int(columns.at[index]),
                    ids[index],
                    **{name: column[index] for name, column in rows.items()},
                    attributes={name: (type(v), repr(v)) for name, v in values.items() if v is not None},  # type: ignore[misc]
                    label=None if ids[index] else label,
                    date_only=columns.date_only is not None and bool(columns.date_only[index]),
                )
            )
        before += loaded.extent
    return events


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a log given as text or bytes, with fields as a shortcut for a mapping."""

    def run(content: str | bytes, name: str = "log.csv", **options: Any) -> Result:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        parts = {
            key: options.pop(key) for key in ("log", "fields", "only", "also", "zones") if key in options
        }
        return read_log([path], mapping=Mapping(1, **parts) if parts else None, **options)

    return run
