"""The memory of a plan: the states of its operators, by scope."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs

from comity.events.event import Event
from comity.online.operators.fields import Scope
from comity.online.operators.rule import EventRef
from comity.online.operators.states.state_codec import State
from comity.plan import FieldSpan, Span
from comity.plan.unread_counts import UnreadCounts

TRIM_EVERY: Final = 16
"""A list drops the events that left a window of local time each time it has grown by so many: that makes
finding the start of the window, which is slow, rare."""
ScopeStates = list[State]
"""The states of one scope, one for each operator of a group."""


def elapsed_of(span: Span | FieldSpan | None) -> int | None:
    """Return the microseconds of a span of elapsed time, None for any other span."""
    return span.count if isinstance(span, Span) and span.clock is None else None


def seen_from(items: Sequence[EventRef] | None, earliest: int | None) -> Sequence[EventRef]:
    """Return the remembered events, in order, from an instant on; all for None."""
    if items is None:
        return []
    return items if earliest is None else items[bisect_left(items, (earliest,)) :]


def write_event(event: Event) -> list[object]:
    """Return an event as a JSON list of its fields, in their order."""
    fields = {**attrs.asdict(event, recurse=False), "attributes": dict(event.attributes)}
    return list(fields.values())


class Memory:
    """All that the rules of a plan remember."""

    __slots__ = ("failed", "lookbacks", "states", "unread")

    def __init__(
        self, states: list[dict[Scope, ScopeStates]], lookbacks: Sequence[dict[Scope, list[Any]]] = ()
    ) -> None:
        self.states = states
        """For each group, the states of each of its scopes."""
        self.lookbacks = lookbacks
        """For each `preceded-by`, the instants of the latest events, by scope; with values if these count."""
        self.failed: set[tuple[int, Scope]] = set()
        """Rules by number, with the scopes of which their state is incomplete."""
        self.unread: UnreadCounts | Callable[[], UnreadCounts] | None = None
        """The counts of unreadable values, or a function that returns them; None if there are none."""
