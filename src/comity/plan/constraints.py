"""The four operators that every rule lowers to: count, past, response and local."""

from __future__ import annotations

import attrs

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
    within: Span | None = None
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
    within: Span
    wording: Wording


@attrs.frozen
class Local:
    """A predicate of e alone: hours, the style of its text, or a selector that must hold."""

    test: Hours | Style | Selector
    wording: Wording


Constraint = Count | Past | Response | Local
