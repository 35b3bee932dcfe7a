"""A census: which words the events of a log have, how often, and between which instants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import attrs

Signature = tuple[str, str, str, str | None]
"""An event's kind, channel, direction and outcome, as written."""
MOST_SIGNATURES = 10_000
"""How many are told apart; a log with more has something else in one of these columns."""


@attrs.frozen
class Census:
    """What the events of a log are, in the log's own words."""

    signatures: Mapping[Signature, int] = MappingProxyType({})
    """How many events have which kind, channel, direction and outcome."""
    first: int | None = None
    """The earliest instant, microseconds since 1970-01-01T00:00:00Z; None where there are no events."""
    last: int | None = None
    repeated: int = 0
    """Events whose id, person and instant an earlier one has."""
    repeated_id: str | None = None
    """One of these ids, the first by code points."""
    whole: bool = True
    """Whether all signatures were told apart."""


def census_of(
    counts: Iterable[tuple[Signature, int]],
    first: int | None,
    last: int | None,
    repeated: int,
    repeated_id: str | None,
    *,
    outcomes: bool,
) -> Census:
    """Make a census of counts of signatures; without `outcomes` those are left aside, as no rule asks."""
    found: dict[Signature, int] = {}
    for (kind, channel, direction, outcome), count in counts:
        signature = (kind, channel, direction, outcome if outcomes else None)
        found[signature] = found.get(signature, 0) + count
        if len(found) > MOST_SIGNATURES:
            return Census({}, first, last, repeated, repeated_id, whole=False)
    return Census(dict(sorted(found.items(), key=str)), first, last, repeated, repeated_id)
