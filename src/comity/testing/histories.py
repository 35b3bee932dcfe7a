"""Random histories close to the boundaries of the spans of rules; needs hypothesis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from comity.clock.instants import datetime_to_micros
from comity.events.event import Event

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR
STEPS: Final = (0, 1, HOUR, DAY, 7 * DAY, 30 * DAY)
"""Microseconds between one event and the next, plus or minus one."""
START: Final = datetime_to_micros(dt.datetime(2025, 3, 27, 12, tzinfo=dt.UTC))[0]
"""Two days before clocks change in Europe."""


def histories(
    kinds: Sequence[str] = ("contact",),
    *,
    channels: Sequence[str] = ("phone", "email"),
    directions: Sequence[str] = ("outbound", "outbound", "inbound"),
    outcomes: Sequence[str | None] = (None,),
    matters: Sequence[tuple[str, ...]] = ((),),
    attributes: Mapping[str, Sequence[Any]] | None = None,
    persons: Sequence[str] = ("ann", "bob"),
    steps: Sequence[int] = STEPS,
    most: int = 14,
) -> SearchStrategy[list[Event]]:
    """Draw lists of events in order, never two at one instant, from the values that each field may have.

    `steps` are the microseconds that may be between two events: give the spans of the rules. One more and one
    less are drawn too. Needs hypothesis.
    """
    from hypothesis import strategies as st

    near = st.builds(lambda step, by: max(1, step + by), st.sampled_from(steps), st.integers(-1, 1))
    fields = st.fixed_dictionaries(
        {
            "person": st.sampled_from(persons),
            "kind": st.sampled_from(kinds),
            "channel": st.sampled_from(channels),
            "direction": st.sampled_from(directions),
            "outcome": st.sampled_from(outcomes),
            "matter": st.sampled_from(matters),
            "attributes": st.fixed_dictionaries(
                {name: st.sampled_from(values) for name, values in (attributes or {}).items()}
            ),
        }
    )

    def in_order(drawn: list[tuple[int, dict[str, Any]]]) -> list[Event]:
        at, events = START, []
        for number, (step, values) in enumerate(drawn, 1):
            at += step
            events.append(Event(at=at, id=f"e{number}", **values))
        return events

    return st.lists(st.tuples(near, fields), max_size=most).map(in_order)
