"""The four operators that rules lower to (count, past, response and local), and judgement in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from comity.events.event import Event
from comity.plan.field_spans import FieldSpan
from comity.plan.hours import Hours
from comity.plan.selectors import Selector
from comity.plan.spans import Span
from comity.plan.style import Style


@attrs.frozen
class Wording:
    """How a broken requirement is told; `{event}`, `{measured}`, `{evidence}`, `{due}` are filled in."""

    required: str
    """The requirement in the rule's own units."""
    message: str
    """One sentence."""
    pending: str = ""
    """One sentence for a response that is still open."""
    nothing: str = "none"
    """What was measured where nothing was found."""
    unknown: str = ""
    """One sentence for an event that lacks what the rule asks for."""

    def of(self, status: str) -> str:
        """Return the sentence of a finding's status."""
        told = {"pending": self.pending, "indeterminate": self.unknown}
        return told.get(status) or self.message


@attrs.frozen
class Count:
    """Fewer than `limit` counted events lie before e within the window and after the last restart."""

    counted: Selector
    limit: int
    window: Span | None
    """None is ever."""
    restart: Selector | None
    wording: Wording


@attrs.frozen
class Lookup:
    """Selected events before e, within a span, their deadline passed, no lifting event between."""

    event: Selector
    within: Span | FieldSpan | None = None
    after: Span | None = None
    """The deadline that must have passed."""
    lift: Selector | None = None


@attrs.frozen
class Past:
    """Some event of one of the lookups must lie before e (`wanted`), or none may."""

    lookups: tuple[Lookup, ...]
    wanted: bool
    wording: Wording


@attrs.frozen
class Response:
    """An answer, another event than e, lies from e's instant on and not after the deadline."""

    answer: Selector
    within: Span | FieldSpan
    wording: Wording


@attrs.frozen
class Local:
    """A predicate of e alone: hours, the style of its text, or a selector that must hold."""

    test: Hours | Style | Selector
    wording: Wording


@attrs.frozen
class Verdict:
    """What a judgement says of an event that breaks the rule."""

    measured: str
    """Short text in the rule's own units."""
    evidence: tuple[int, ...] = ()
    """Places in the history of the events that prove it, oldest first; 0 is its first event."""
    allowed_from: int | None = None
    """The earliest later instant at which the same event would be allowed, None for never."""


@attrs.frozen
class PythonCheck:
    """A judgement in Python, for what no operator says; it runs event by event, whatever the back end.

    `judge` gets the events of a scope in order, the judged one last, and gives None where it is allowed. It
    must say the same of the same events. Where it raises, the finding is indeterminate, once for a scope.
    """

    judge: Callable[[Sequence[Event]], Verdict | None]
    wording: Wording
    fields: frozenset[str] = frozenset()
    """The attributes that it reads."""


Judgement = PythonCheck
"""The older name of `PythonCheck`; deprecated: use `PythonCheck`."""

Constraint = Count | Past | Response | Local | PythonCheck
