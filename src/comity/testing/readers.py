"""Checking a reader: it counts every row, gives the same each time, and raises only InputError."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from comity.engine import Engine
from comity.errors import InputError
from comity.events.event import Event
from comity.plugins.manager import Plugins
from comity.readers import Log, Reader
from comity.records import frozen
from comity.results.report import Rejection
from comity.testing.hostile import spoilt
from comity.testing.plugin_of import plugin_of

_POLICY: Final = {
    "comity": 1,
    "policy": {"id": "check", "title": "Check", "version": "1"},
    "rules": {"none": {"kind": "forbidden", "contact": {"kind": "no such kind"}}},
}
_OTHERS: Final = (
    b"person,at,kind\nann,2025-03-01T09:00:00Z,call\n",
    b'{"person": "ann", "at": "2025-03-01T09:00:00Z"}\n',
    b'[{"person": "ann", "at": "2025-03-01T09:00:00Z"}]\n',
    b"PAR1\x15\x04\x15\x00",
)
"""Logs of the formats that comity itself reads."""


@frozen
class Reading:
    """The result of reading a log."""

    events: Sequence[Event]
    rejections: Sequence[Rejection]
    rows: int


def check_reader(
    reader: Reader,
    log: bytes | Path,
    rows: int,
    *,
    rejected: int = 0,
    options: Mapping[str, Sequence[str]] | None = None,
    timezone: str | None = "UTC",
    spoil: int = 60,
) -> Reading:
    """Check a reader on a log (its bytes, a file or a folder) whose number of rows is known.

    Every row must become an event or be rejected with a reason; `rejected` says how many. Reading again must
    give the same, and row numbers count from 1 without gaps. In damaged logs (`spoil`, besides the usual
    ones) every row must be counted too, and only InputError may be raised. A reader that recognises logs must
    recognise this one, and none of another format. Raises AssertionError with the difference; returns what
    was read, for more checks.
    """
    plugins = Plugins([plugin_of(readers=[reader])])
    engine = Engine.of(_POLICY, plugins=plugins)
    with tempfile.TemporaryDirectory() as folder:
        path = log if isinstance(log, Path) else Path(folder) / "log"
        if isinstance(log, bytes):
            path.write_bytes(log)
        reading = _read(engine, reader, path, options, timezone, "as it is")
        assert reading.rows == rows, f"{reading.rows} rows were read, not {rows}"
        assert len(reading.rejections) == rejected, (
            f"{len(reading.rejections)} rows were rejected, not {rejected}: {reading.rejections[:3]}"
        )
        again = _read(engine, reader, path, options, timezone, "a second time")
        assert again == reading, "reading it again gives something else"
        if path.is_file():
            data = path.read_bytes()
            _check_recognising(reader, data)
            for what, bad in spoilt(data, spoil):
                other = Path(folder) / "spoilt"
                other.write_bytes(bad)
                try:
                    _read(engine, reader, other, options, timezone, what)
                except InputError:
                    pass
                except Exception as error:
                    raise AssertionError(f"{what}, it raises {type(error).__name__}: {error}") from error
    return reading


def _read(
    engine: Engine,
    reader: Reader,
    path: Path,
    options: Mapping[str, Sequence[str]] | None,
    timezone: str | None,
    what: str,
) -> Reading:
    found: list[Rejection] = []
    made = engine.log(path, input_format=reader.name, timezone=timezone, options=options)
    log = Log(
        [path],
        readers=[engine.plugins.readers[reader.name]],
        mapping=made.mapping,
        timezone=timezone,
        input_format=reader.name,
        on_reject=found.append,
    )
    events = [event for batch in log.batches() for event in batch]
    tally = log.tally
    accounted = len(events) + tally.rows_rejected + tally.rows_skipped
    assert tally.rows_read == accounted, (
        f"{what}, {tally.rows_read} rows were read, and {accounted} are accounted for"
    )
    assert all(rejection.reason for rejection in found), f"{what}, a row is rejected without a reason"
    own = [int(label.rpartition("#")[2]) for event in events if (label := event.label) is not None]
    numbers = sorted([*own, *(rejection.row for rejection in found)])
    assert len(set(numbers)) == len(numbers), f"{what}, two rows have one number"
    assert all(1 <= number <= tally.rows_read for number in numbers), f"{what}, row numbers have gaps"
    return Reading(events, found, tally.rows_read)


def _check_recognising(reader: Reader, data: bytes) -> None:
    if reader.recognises is None:
        return
    assert reader.recognises(data[: 1 << 16]), "the reader does not recognise its own log"
    for other in (b"", *_OTHERS):
        assert not reader.recognises(other), f"the reader takes {other[:30]!r} for its own"
