"""A policy about calls, some events, and a rule kind that fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import attrs

from comity import Engine, Event, Plugins, hookimpl
from comity.plan import ALWAYS, PythonCheck, Verdict, Wording
from comity.plan.selectors import FieldType
from comity.policy.kind import Lowered, RuleContext
from comity.policy.model import RuleKind

HOUR = 3_600_000_000
DAY = 24 * HOUR
START = 1_740_000_000_000_000
"""2025-02-19T21:20:00Z."""

TEXT = """comity = 1
[policy]
id = "calls"
title = "Calls"
version = "1"
[rules.gap]
kind = "minimum-gap"
contact = "call"
gap = "2d"
[rules.limit]
kind = "maximum-contacts"
contact = "call"
limit = 3
window = "30d"
[rules.stop]
kind = "stop-after"
contact = "call"
after = "opt-out"
until = "opt-in"
[rules.thanks]
kind = "thank-you-window"
after = "interview"
severity = "warning"
[events.call]
kind = "call"
[events.opt-out]
kind = "opt-out"
[events.opt-in]
kind = "opt-in"
[events.interview]
kind = "interview"
"""

ENGINE = Engine.of(TEXT)


def call(days: float, id: str | None = None, person: str = "ann") -> Event:
    return Event(person, START + round(days * DAY), id, "call", "phone")


def other(kind: str, days: float, id: str | None = None) -> Event:
    return Event("ann", START + round(days * DAY), id, kind)


@attrs.frozen
class Frail:
    """A kind that fails on events with the id `bad`."""

    kind: ClassVar[str] = "frail"

    def lower(self, rule: RuleContext) -> Lowered:
        return Lowered(ALWAYS, PythonCheck(judge_frailly, Wording("", "The {event} is wrong.")))

    def declares(self) -> Mapping[str, FieldType]:
        return {}


def judge_frailly(events: Sequence[Event]) -> Verdict | None:
    if events[-1].id == "bad" or (events[-1].id == "later" and events[-1].at > START + DAY):
        raise ZeroDivisionError("of all things")
    return Verdict("too early", allowed_from=START + 2 * DAY) if events[-1].id == "later" else None


class FrailPlugin:
    @hookimpl
    def comity_rule_kinds(self) -> Iterable[type[RuleKind]]:
        return (Frail,)


FRAIL = """comity = 1
[policy]
id = "frail"
title = "Frail"
version = "1"
[rules.frail]
kind = "frail"
"""


def failing() -> Engine:
    return Engine.of(FRAIL, plugins=Plugins([FrailPlugin()]))
