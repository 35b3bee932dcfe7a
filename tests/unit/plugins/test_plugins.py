from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import attrs
import pytest

from comity import Channel, Engine, Event, PluginError, Plugins, Report, hookimpl
from comity.formatters.formatter import Formatter, Style
from comity.plan import Count, Judgement, Verdict, Wording
from comity.plan.selectors import FieldType
from comity.plugins import builtin, hooks
from comity.policy.kind import Lowered, RuleContext, SelectorRef

POLICY = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
[rules.r]
kind = "{kind}"
contact = {{ channel = "Carrier Pigeon" }}
"""
EVENTS = [
    Event("ann", 1_700_000_000_000_000, channel="pigeon"),
    Event("bob", 1_700_000_000_000_001, channel="carrier_pigeon"),
]


@attrs.frozen
class Once:
    """A contact may be made once."""

    kind: ClassVar[str] = "once"

    contact: SelectorRef

    def lower(self, rule: RuleContext) -> Lowered:
        contact = rule.contact(self.contact)
        wording = Wording("once", "The {event} is not the first.", nothing="times")
        return Lowered(contact, Count(contact, 1, None, None, wording))

    def declares(self) -> Mapping[str, FieldType]:
        return {}


@attrs.frozen
class Broken(Once):
    """A kind that lowers to nonsense."""

    kind: ClassVar[str] = "broken"

    def lower(self, rule: RuleContext) -> Lowered:
        lowered = super().lower(rule)
        return attrs.evolve(lowered, constraint=attrs.evolve(lowered.constraint, limit="many"))  # type: ignore[arg-type]


@attrs.frozen
class Alternate:
    """Two contacts in a row must not be of one channel: a judgement in Python."""

    kind: ClassVar[str] = "alternate"

    contact: SelectorRef

    def lower(self, rule: RuleContext) -> Lowered:
        wording = Wording("another channel", "The {event} repeats {evidence} after {measured}.")
        return Lowered(rule.contact(self.contact), Judgement(repeats, wording))

    def declares(self) -> Mapping[str, FieldType]:
        return {}


def repeats(history: Sequence[Event]) -> Verdict | None:
    *earlier, last = history
    if last.kind == "fails":
        raise ValueError("no judgement today")
    if not earlier or earlier[-1].channel != last.channel or last.at - earlier[-1].at >= 100:
        return None
    return Verdict(f"{last.at - earlier[-1].at} us", (len(earlier) - 1,), earlier[-1].at + 100)


def write_count(report: Report, style: Style) -> Iterator[str]:
    yield f"{len(report.findings)}\n"


class Stranger:
    """What somebody else's plugin offers."""

    @hookimpl
    def comity_channels(self) -> Iterable[Channel]:
        return (Channel("pigeon", "post", ("carrier pigeon",)),)

    @hookimpl
    def comity_rule_kinds(self) -> Iterable[type]:
        return (Once, Broken, Alternate)

    @hookimpl
    def comity_formatters(self) -> Iterable[Formatter]:
        return (Formatter("count", write_count),)

    @hookimpl
    def comity_policy_folders(self) -> Iterable[Path]:
        return ()


class Greedy:
    """Claims a name that is taken."""

    @hookimpl
    def comity_channels(self) -> Iterable[Channel]:
        return (Channel("my-email", "written", ("e-mail",)),)


def test_every_hook_is_documented_and_built_in() -> None:
    specified = {name for name, item in vars(hooks).items() if name.startswith("comity_") and callable(item)}
    offered = {name for name in vars(builtin) if name.startswith("comity_")}
    assert specified == offered
    assert all(inspect.getdoc(getattr(hooks, name)) for name in specified)


def test_a_plugin_s_kind_channel_and_formatter_are_like_the_built_in_ones() -> None:
    plugins = Plugins([Stranger()])
    engine = Engine.of(POLICY.format(kind="once"), plugins=plugins)
    report = engine.audit([*EVENTS, attrs.evolve(EVENTS[0], at=EVENTS[1].at + 1)])
    assert [(f.event, f.status, f.measured) for f in report.findings] == [("#3", "violation", "2 times")]
    assert list(plugins.formatters["count"].write(report, Style())) == ["1\n"]
    assert plugins.channels.medium("pigeon") == "post"


def test_nothing_is_loaded_unless_it_is_given() -> None:
    assert "once" not in Plugins().kinds
    assert Plugins().channels.name("carrier pigeon") == "carrier-pigeon"


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(PluginError, match="`Greedy`: the channel `e-mail` is taken by comity itself"):
        Plugins([Greedy()])


def test_a_kind_that_fails_makes_the_scope_indeterminate_and_never_allowed() -> None:
    engine = Engine.of(POLICY.format(kind="broken"), plugins=Plugins([Stranger()]))
    report = engine.audit([*EVENTS, attrs.evolve(EVENTS[0], at=EVENTS[1].at + 1)])
    assert [(f.person, f.status) for f in report.findings] == [("ann", "indeterminate")]
    assert "`broken` of the plugin Stranger failed" in report.findings[0].message
    decision = engine.decide(EVENTS, attrs.evolve(EVENTS[0], at=EVENTS[1].at + 1))
    assert (decision.outcome, decision.next_allowed) == ("indeterminate", None)


def test_a_judgement_in_python_is_asked_of_each_event_of_a_scope() -> None:
    policy = POLICY.format(kind="alternate").replace('{ channel = "Carrier Pigeon" }', "{}")
    engine = Engine.of(policy, plugins=Plugins([Stranger()]))
    events = [
        Event("ann", at, channel=channel) for at, channel in ((0, "a"), (10, "a"), (20, "b"), (30, "b"))
    ]
    told: list[str] = []
    for back_end in ("online", "columnar"):
        report = engine.audit([*events, Event("bob", 31, channel="b")], engine=back_end, notice=told.append)
        found = [(f.event, f.evidence, f.measured, f.allowed_from, f.message) for f in report.findings]
        assert found == [
            ("#2", ("#1",), "10 us", 100, "The contact by a repeats #1 after 10 us."),
            ("#4", ("#3",), "10 us", 120, "The contact by b repeats #3 after 10 us."),
        ]
        assert report.summary.by_rule["p/r"].judged == 5
    assert [text.split(":")[1] for text in told] == [" the kind `alternate` judges in Python"]
    decision = engine.decide(events, Event("ann", 40, channel="b"))
    assert (decision.outcome, decision.next_allowed) == ("deny", 130)
    failed = engine.audit([Event("ann", 1, kind="fails"), Event("ann", 2), Event("bob", 3)])
    assert [(f.person, f.event, f.status) for f in failed.findings] == [
        ("ann", "#1", "indeterminate"),
        ("ann", "#2", "violation"),
    ]
    assert engine.decide(events, Event("ann", 40, kind="fails")).outcome == "indeterminate"
