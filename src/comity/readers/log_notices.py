"""Notices about how a log is read: the zone of its local times, about sources, and byte order marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comity.clock.instants import format_instant
from comity.clock.zone_names import fixed_in, without_summer_time
from comity.notices import Notice
from comity.readers.sources.source import LogInput


def zone_notices(name: str) -> Iterator[Notice]:
    """Report that local times are read in a zone of one fixed offset, where `name` is such a zone."""
    for fixed in fixed_in(name):
        yield Notice(
            "fixed-offset-zone",
            f"local times are read in the zone `{fixed}`, which has no summer time",
            example=fixed,
            help=without_summer_time(fixed),
        )


def passed_notices(count: int, earliest: int | None) -> Iterator[Notice]:
    """Report how many rows were not read, since they are too early to play a part."""
    if count and earliest is not None:
        rows = "1 row" if count == 1 else f"{count:,} rows"
        yield Notice(
            "rows-passed-over",
            f"{rows} of before {format_instant(earliest)} were not read, since no rule needs them",
            count=count,
            help="the counts of rows, events and persons are those of the other rows",
        )


def source_notices(sources: Sequence[LogInput]) -> Iterator[Notice]:
    """Report what sources say of themselves, and the files that begin with more than one byte order mark."""
    for source in sources:
        yield from source.notices()
        if source.marks:
            yield Notice(
                "byte-order-marks",
                f"`{source.name}` begins with {source.marks + 1} byte order marks, and a text has one at the "
                "most: all were passed over",
                count=source.marks + 1,
                example=source.name,
                help="see what writes the log: it puts a mark before a text that has one",
            )
