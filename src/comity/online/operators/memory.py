"""What is remembered of events: how it is kept short and written, and the states of a whole plan."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

import attrs

from comity.events.event import Event
from comity.online.operators.fields import Scope
from comity.online.operators.rule import EventRef
from comity.online.operators.state_codec import State
from comity.plan import FieldSpan, Span

TRIM_EVERY: Final = 16
"""What has left a window that is not elapsed time is forgotten each time a list has grown by so many."""
Cell = list[State]
"""The states of one scope, for each of the operators whose scopes are the same."""


def elapsed_of(span: Span | FieldSpan | None) -> int | None:
    """Return a span's microseconds where it is elapsed time, None for any other."""
    return span.count if isinstance(span, Span) and span.clock is None else None


def seen_from(items: Sequence[EventRef] | None, floor: int | None) -> Sequence[EventRef]:
    """Return the remembered events, in order, that are not before an instant; all for None."""
    if items is None:
        return []
    return items if floor is None else items[bisect_left(items, (floor,)) :]


def write_event(event: Event) -> list[Any]:
    """Write an event as a list that JSON has, its fields in their order."""
    fields = {**attrs.asdict(event, recurse=False), "attributes": dict(event.attributes)}
    return list(fields.values())


class Memory:
    """All that is remembered for a plan."""

    __slots__ = ("cells", "failed", "lookbacks", "unread")

    def __init__(
        self, cells: list[dict[Scope, Cell]], lookbacks: Sequence[dict[Scope, list[int]]] = ()
    ) -> None:
        self.cells = cells
        """For each group of operators with the same scopes, what they keep of each scope."""
        self.lookbacks = lookbacks
        """For each `preceded-by`, the instants of the latest events of each scope."""
        self.failed: set[tuple[int, Scope]] = set()
        """Rules by number, and the scopes of which what they keep is not whole."""
        self.unread: Any = None
        """What counts the values that do not read as declared, or gives that; None where there are none."""
