"""Lookups that ask for several events or values: snapshots, what is kept of them, and kinds of plugins."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs
import pytest

from comity import Engine, Event, Plugins, hookimpl
from comity.errors import SnapshotError
from comity.plan import Different, Field, FieldSpan, Lookup, Past, Span, Wording
from comity.plan.selectors import ALWAYS, FieldType
from comity.policy.kind import Lowered, RuleContext, SelectorRef
from comity.policy.model import RuleKind
from comity.results.findings import Finding

DAY = 86_400_000_000
START = 1_740_000_000_000_000
TEXT = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
timezone = "UTC"
[rules.channels]
kind = "requires"
contact = { kind = "visit" }
event = { kind = "reminder" }
at-least = 2
distinct = "channel"
in-last = "10d"
[rules.often]
kind = "forbidden"
contact = { kind = "visit", preceded-by = { event = { kind = "reminder" }, at-least = 3, distinct = "day" } }
"""
GROUNDS = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
[rules.channels]
kind = "requires"
contact = { kind = "visit" }
any = [
    { event = { kind = "consent" } },
    { event = { kind = "reminder" }, at-least = 2, distinct = "channel" },
]
"""


def event(day: float, kind: str, channel: str = "email") -> Event:
    return Event("ann", START + round(day * DAY), kind=kind, channel=channel)


HISTORY = [
    event(0, "reminder"),
    event(1, "reminder", "letter"),
    event(2, "reminder", "email"),
    event(3, "reminder", "phone"),
]


def kept(engine: Engine) -> list[Any]:
    """Return what a monitor keeps of the history, as its snapshot has it."""
    monitor = engine.monitor()
    for each in HISTORY:
        monitor.feed(each)
    state = json.loads(monitor.snapshot())["state"]
    return [*state["rules"].values(), *state["lookbacks"].values()]


def test_as_many_values_are_kept_as_are_asked_for() -> None:
    (rule, look) = (each[0][1] for each in kept(Engine.of(TEXT)) if each)
    assert [(entry[0], entry[2]) for entry in rule[0]] == [(HISTORY[2].at, "email"), (HISTORY[3].at, "phone")]
    assert [at for at, _ in look] == [each.at for each in HISTORY[1:]]


def test_a_restored_monitor_goes_on() -> None:
    engine = Engine.of(TEXT)
    monitor = engine.monitor()
    for each in HISTORY:
        monitor.feed(each)
    restored = engine.restore(monitor.snapshot())
    for each in (event(3.5, "visit"), event(12.5, "visit")):
        assert restored.feed(each) == monitor.feed(each)
    finding, _ = restored.feed(event(12.75, "visit"))
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.measured) == ("channels", "1 value of `channel` in 10d")


def test_an_explanation_says_how_many_there_are() -> None:
    engine = Engine.of(TEXT)
    visit = event(3.5, "visit")
    said = [
        [each.measured for each in engine.explain(HISTORY[:size], visit) if each.rule == "channels"]
        for size in (1, 2, 4)
    ]
    one, more = "1 value of `channel` in 10d", "at least 2 different values of `channel` in 10d"
    assert said == [[one], [more], [more]]
    engine = Engine.of(GROUNDS)
    consent = event(3, "consent")
    (before, after) = (
        next(each.measured for each in engine.explain(history, visit) if each.rule == "channels")
        for history in ([HISTORY[0]], [HISTORY[0], consent])
    )
    assert (before, after) == ("none or 1 value of `channel`", "12h after `#2`")


@pytest.mark.parametrize(
    "damage",
    [
        lambda entries: entries.append(entries[-1]),
        lambda entries: entries.insert(0, [START - DAY, 0, "post"]),
        lambda entries: entries.reverse(),
        lambda entries: entries[0].__setitem__(2, 7),
        lambda entries: entries[0].__setitem__(2, entries[1][2]),
    ],
)
def test_what_no_monitor_keeps_is_refused(damage: Any) -> None:
    engine = Engine.of(TEXT)
    monitor = engine.monitor()
    for each in HISTORY:
        monitor.feed(each)
    body = json.loads(monitor.snapshot(key="k"))
    engine.restore(seal(body), key="k")
    (states,) = (each for each in body["state"]["rules"].values() if each)
    damage(states[0][1][0])
    with pytest.raises(SnapshotError, match="holds what no monitor wrote"):
        engine.restore(seal(body), key="k")


def seal(body: dict[str, Any]) -> str:
    """Seal an edited snapshot anew, so that its values are read."""
    body.pop("seal", None)
    text = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
    return json.dumps({**body, "seal": hmac.new(b"k", text, hashlib.sha256).hexdigest()})


def test_a_lookup_that_counts_has_one_span_for_all_events() -> None:
    for wrong in ({"after": Span(1)}, {"within": FieldSpan("until")}):
        with pytest.raises(ValueError, match="a lookup that counts"):
            Lookup(ALWAYS, at_least=2, **wrong)
    assert Lookup(ALWAYS, after=Span(1)).counts is False


@attrs.frozen
class NotAfterTwo:
    """A `contact` is forbidden when so many different values came before it in ten days."""

    kind: ClassVar[str] = "not-after-two"

    contact: SelectorRef
    event: SelectorRef

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a look into the past that must find nothing."""
        span = rule.span("10d", "contact")
        lookup = Lookup(
            rule.selector(self.event, "event"), span, at_least=2, distinct=Different(Field("channel"))
        )
        wording = Wording("no two", "The {event} came {measured} after `{evidence}`.")
        return Lowered(rule.contact(self.contact), Past((lookup,), must_exist=False, wording=wording))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}


class Kinds:
    @hookimpl
    def comity_rule_kinds(self) -> list[type[RuleKind]]:
        return [NotAfterTwo]


def test_a_kind_can_forbid_what_comes_after_so_many_in_both_back_ends() -> None:
    text = TEXT.split("[rules.channels]", maxsplit=1)[0]
    text += '[rules.a]\nkind = "not-after-two"\ncontact = { kind = "visit" }\nevent = { kind = "reminder" }\n'
    engine = Engine.of(text, plugins=Plugins([Kinds()]))
    events = [
        *HISTORY[:1],
        event(0.5, "visit"),
        *HISTORY[1:],
        event(4, "visit"),
        event(11.9, "visit"),
        event(12, "visit"),
    ]
    reports = [list(engine.audit(events, engine=back_end).findings) for back_end in ("online", "columnar")]
    assert reports[0] == reports[1]
    assert [(f.event, f.evidence, f.measured, f.allowed_from) for f in reports[0]] == [
        ("#6", ("#4",), "2d", START + 12 * DAY),
        ("#7", ("#4",), "9d 21h 36m", START + 12 * DAY),
    ]
