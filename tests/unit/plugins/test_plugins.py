from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from comity import Channel, Engine, Event, PluginError, Plugins, PolicyError, Report, hookimpl
from comity.formatters.formatter import Formatter, Style
from comity.plan import Count, PythonCheck, Verdict, Wording
from comity.plan.selectors import FieldType
from comity.plugins import builtin, hooks
from comity.plugins.command import Command
from comity.policy.kind import Lowered, RuleContext, SelectorRef, SelectorTable
from comity.readers.reader import Reader
from comity.readers.row_batch import RowBatch

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


class Unruly(int):
    """A number that cannot be compared."""

    def __gt__(self, other: object) -> bool:
        raise ValueError("compared")


@attrs.frozen
class Broken(Once):
    """A kind whose operator fails when it judges."""

    kind: ClassVar[str] = "broken"

    def lower(self, rule: RuleContext) -> Lowered:
        lowered = super().lower(rule)
        return attrs.evolve(lowered, constraint=attrs.evolve(lowered.constraint, limit=Unruly(1)))  # type: ignore[arg-type]


@attrs.frozen
class Alternate:
    """Two contacts in a row must not be of one channel: a judgement in Python."""

    kind: ClassVar[str] = "alternate"

    contact: SelectorRef

    def lower(self, rule: RuleContext) -> Lowered:
        wording = Wording("another channel", "The {event} repeats {evidence} after {measured}.")
        return Lowered(rule.contact(self.contact), PythonCheck(repeats, wording))

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


def offering(hook: str, *items: object) -> object:
    """Make a plugin with one hook that gives some things."""
    return type("Odd", (), {hook: hookimpl(specname=hook)(lambda self: items)})()


@attrs.frozen
class Undeclared:
    kind: ClassVar[str] = "undeclared"
    contact: SelectorRef

    def lower(self, rule: RuleContext) -> Lowered:
        return Once(self.contact).lower(rule)


@attrs.frozen
class Unlowered(Once):
    kind: ClassVar[str] = "unlowered"
    lower = None  # type: ignore[assignment]


@attrs.frozen
class Nameless:
    contact: SelectorRef


@attrs.frozen
class Untyped(Once):
    kind: ClassVar[str] = "untyped"
    other: NoSuchType = None  # type: ignore[name-defined] # noqa: F821


@pytest.mark.parametrize(
    ("kind", "lacks"),
    [
        (Undeclared, "the rule kind `Undeclared` lacks `declares`, which gives the attributes"),
        (Unlowered, "the rule kind `Unlowered` lacks `lower`, which makes an operator"),
        (Nameless, "the rule kind `Nameless` lacks `kind`, the word that policies use"),
        (Untyped, "the rule kind `Untyped` has keys of unknown types: NameError"),
        (Once(SelectorTable()), "which is not an attrs class with `kind`, `lower` and `declares`"),
    ],
)
def test_what_a_kind_lacks_is_told(kind: object, lacks: str) -> None:
    with pytest.raises(PluginError, match=f"plugin `Odd`: .*{lacks}"):
        Plugins([offering("comity_rule_kinds", kind)])


@pytest.mark.parametrize("channel", [Channel(None), Channel("x", aliases=(3,)), Channel(" ")])  # type: ignore[arg-type]
def test_a_name_that_is_no_text_is_told(channel: Channel) -> None:
    with pytest.raises(PluginError, match=r"`comity_channels` gave Channel.* whose name is not a text"):
        Plugins([offering("comity_channels", channel)])


@attrs.frozen
class Formless(Once):
    """A kind that lowers to what no back end knows."""

    kind: ClassVar[str] = "formless"

    def lower(self, rule: RuleContext) -> Lowered:
        return None  # type: ignore[return-value]


@attrs.frozen
class Misshapen(Once):
    kind: ClassVar[str] = "misshapen"

    def lower(self, rule: RuleContext) -> Lowered:
        lowered = super().lower(rule)
        return attrs.evolve(lowered, constraint=attrs.evolve(lowered.constraint, limit="many"))  # type: ignore[arg-type]


@attrs.frozen
class Leaving(Once):
    kind: ClassVar[str] = "leaving"

    def lower(self, rule: RuleContext) -> Lowered:
        raise SystemExit(0)


@attrs.frozen
class Shapeless(Once):
    kind: ClassVar[str] = "shapeless"

    def lower(self, rule: RuleContext) -> Lowered:
        return Lowered(rule.contact(self.contact), "a constraint")  # type: ignore[arg-type]


@attrs.frozen
class Secretive(Once):
    kind: ClassVar[str] = "secretive"

    def declares(self) -> Mapping[str, FieldType]:
        raise KeyError("text")


@attrs.frozen
class Unheard(Once):
    kind: ClassVar[str] = "unheard"

    def declares(self) -> Mapping[str, FieldType]:
        return {"when": "date"}  # type: ignore[dict-item]


@attrs.frozen
class Exotic(Once):
    """A kind with a key that policies cannot write."""

    kind: ClassVar[str] = "exotic"
    far: complex = 1j


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Formless, "TypeError: `lower` gave None, which is not a `Lowered`"),
        (Leaving, "SystemExit: 0"),
        (Misshapen, "TypeError: `lower` gave an operator of which `Count.limit` is 'many'"),
        (Shapeless, "TypeError: `lower` gave 'a constraint', which is not one of"),
        (Secretive, "KeyError: 'text'"),
        (Unheard, "TypeError: `declares` gave the type 'date': there are `text`"),
        (Exotic, "StructureHandlerNotFoundError"),
    ],
)
def test_a_kind_that_fails_in_reading_a_policy_is_named_in_its_place(kind: type[Once], why: str) -> None:
    text = POLICY.format(kind=kind.kind) + ("far = 3\n" if kind is Exotic else "")
    with pytest.raises(PolicyError) as raised:
        Engine.of(text, plugins=Plugins([offering("comity_rule_kinds", kind)]))
    (problem,) = raised.value.problems
    assert (problem.code, problem.place.line) == ("plugin-failed", 7)
    assert f"the rule kind `{kind.kind}` of the plugin Odd failed: {why}" in problem.message


def ragged(stream: object, log: object, wanted: object) -> Iterator[object]:
    yield RowBatch([1, 2, 3], {"person": ["a", "b", "c"], "at": ["2025-01-01T00:00:00Z"] * 2})


def unbatched(stream: object, log: object, wanted: object) -> Iterator[object]:
    yield {"person": ["a"]}


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (ragged, "gave 3 rows with 2 cells in the column `at`"),
        (unbatched, "gave {'person': ['a']}, which is not a `RowBatch`"),
    ],
)
def test_rows_with_cells_missing_are_refused(read: Any, why: str, tmp_path: Path) -> None:
    (tmp_path / "log.odd").write_text("x")
    plugins = Plugins([offering("comity_readers", Reader("odd", (".odd",), read))])
    engine = Engine.of(POLICY.format(kind="forbidden"), plugins=plugins)
    for back_end in ("online", "columnar"):
        with pytest.raises(PluginError) as raised:
            engine.audit(tmp_path / "log.odd", engine=back_end)
        assert str(raised.value) == f"the reader `odd` {why} (plugin Odd)"


def test_a_formatter_writes_text_or_bytes_and_a_command_is_a_command() -> None:
    odd = Formatter("odd", lambda report, style: iter([5]))  # type: ignore[arg-type,return-value]
    plugins = Plugins([offering("comity_formatters", odd)])
    with pytest.raises(PluginError, match=r"`odd` gave 5, which is neither text nor bytes \(plugin Odd\)"):
        list(plugins.formatters["odd"].write(Report.__new__(Report), Style()))
    command = Command("odd", "does nothing", lambda: None)  # type: ignore[arg-type,return-value]
    plugins = Plugins([offering("comity_commands", command)])
    with pytest.raises(
        PluginError, match=r"`odd` loads None, which is not a `click\.Command` \(plugin Odd\)"
    ):
        plugins.commands["odd"].load()


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
