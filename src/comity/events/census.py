"""A census: which words the events of a log have, how often, and between which instants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from comity.records import frozen

Signature = tuple[str, str, str, str | None]
"""An event's kind, channel, direction and outcome, as written."""
MOST_SIGNATURES = 10_000
"""The most signatures that are counted apart; in a log with more, one of these columns has other contents."""


@frozen
class Census:
    """Which events a log has, in the words of the log."""

    signatures: Mapping[Signature, int] = MappingProxyType({})
    """How many events have each kind, channel, direction and outcome."""
    first: int | None = None
    """The earliest instant, microseconds since 1970-01-01T00:00:00Z; None if there are no events."""
    last: int | None = None
    repeated: int = 0
    """The number of events with the id, person and instant of an earlier event."""
    repeated_id: str | None = None
    """One of these ids, the first by code points."""
    whole: bool = True
    """Whether all signatures are counted apart."""


def census_of(
    counts: Iterable[tuple[Signature, int]],
    first: int | None,
    last: int | None,
    repeated: int,
    repeated_id: str | None,
    *,
    outcomes: bool,
) -> Census:
    """Make a census from counts of signatures; without `outcomes` those are left out: no rule needs them."""
    found: dict[Signature, int] = {}
    for (kind, channel, direction, outcome), count in counts:
        signature = (kind, channel, direction, outcome if outcomes else None)
        found[signature] = found.get(signature, 0) + count
        if len(found) > MOST_SIGNATURES:
            return Census({}, first, last, repeated, repeated_id, whole=False)
    return Census(dict(sorted(found.items(), key=str)), first, last, repeated, repeated_id)
