from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from comity.events import Event
from comity.readers import BUILTIN_READERS, Log, Mapping, Rejection, Tally


@attrs.define
class Result:
    events: list[Event]
    rejected: list[Rejection]
    tally: Tally

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
    return Result(events, rejected[: tally.rows_rejected], tally)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a log given as text or bytes, with fields as a shortcut for a mapping."""

    def run(content: str | bytes, name: str = "log.csv", **options: Any) -> Result:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        parts = {key: options.pop(key) for key in ("log", "fields", "only", "also") if key in options}
        return read_log([path], mapping=Mapping(1, **parts) if parts else None, **options)

    return run
