"""Plugins that leave, print, give what they must not or change it later: told by name, never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs
import click
import pytest

from comity import Engine, PluginError, Plugins, hookimpl
from comity.cli.main import TERMINATED, cli, guarded, terminate
from comity.errors import Terminated
from comity.events.channels.channel import Channel
from comity.formatters import Formatter, Style
from comity.plan import PythonCheck, Verdict, Wording
from comity.plugins import Command, ZoneSource
from comity.policy.kind import FieldType, Lowered, RuleContext, SelectorRef
from comity.readers import Reader, RowBatch
from comity.readers.row_batch import BadRow
from comity.testing.plugin_of import plugin_of

POLICY = """
comity = 1
[policy]
id = "calls"
title = "Calls"
version = "1"
[rules.r]
kind = "{kind}"
contact = {{}}
"""
EVENTS = [{"person": "ann", "at": "2025-03-01T09:00:00Z"}, {"person": "ann", "at": "2025-03-02T09:00:00Z"}]
evolve: Any = attrs.evolve
make_reader: Any = Reader
make_zonesource: Any = ZoneSource
make_verdict: Any = Verdict
make_command: Any = Command
make_formatter: Any = Formatter
make_badrow: Any = BadRow
make_channel: Any = Channel
FOREIGN = (SystemExit(0), GeneratorExit(), BaseException("odd"), type("Own", (BaseException,), {})("mine"))


def judging(judge: Callable[..., Any]) -> type:
    @attrs.frozen
    class Asked:
        kind: ClassVar[str] = "asked"
        contact: SelectorRef

        def lower(self, rule: RuleContext) -> Lowered:
            return Lowered(
                rule.contact(self.contact), PythonCheck(judge, Wording("none", "The {event} is odd."))
            )

        def declares(self) -> Mapping[str, FieldType]:
            return {}

    return Asked


def raising(error: BaseException) -> Callable[..., Any]:
    def function(*given: Any) -> Any:
        raise error

    return function


def engine_of(judge: Callable[..., Any]) -> Engine:
    return Engine.of(POLICY.format(kind="asked"), plugins=Plugins([plugin_of(rule_kinds=[judging(judge)])]))


@pytest.mark.parametrize("error", FOREIGN)
@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_a_judge_that_leaves_makes_findings_indeterminate(error: BaseException, back_end: Any) -> None:
    engine = engine_of(raising(error))
    (found,) = engine.audit(EVENTS, engine=back_end).findings
    assert found.status == "indeterminate"
    assert (
        f"failed on this scope, so nothing is known here: JudgementError: {type(error).__name__}"
        in found.message
    )
    assert engine.decide(EVENTS[:1], EVENTS[1]).outcome == "indeterminate"
    monitor = engine.monitor()
    assert [each.status for event in EVENTS for each in monitor.feed(event)] == ["indeterminate"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Terminated(143)])
def test_a_judge_holds_up_neither_the_user_nor_the_end_of_the_process(error: BaseException) -> None:
    with pytest.raises(type(error)):
        engine_of(raising(error)).audit(EVENTS)


@pytest.mark.parametrize(
    "verdict",
    [
        False,
        0,
        "late",
        make_verdict(5),
        make_verdict("x", (7,)),
        make_verdict("x", (-1,)),
        make_verdict("x", [0]),
        make_verdict("x", (), "y"),
    ],
)
def test_what_is_no_verdict_is_no_verdict(verdict: object) -> None:
    engine = engine_of(lambda history: verdict)
    assert {each.status for each in engine.audit(EVENTS).findings} == {"indeterminate"}
    assert engine.decide([], EVENTS[0]).outcome == "indeterminate"


BATCH = RowBatch([1], {"person": ["ann"], "at": ["2025-03-01T09:00:00Z"]})


def audit(read: Callable[..., Any], folder: Path, back_end: Any) -> Any:
    (folder / "log.odd").write_text("x")
    engine = Engine.of(
        POLICY.format(kind="forbidden"),
        plugins=Plugins([plugin_of(readers=[make_reader("odd", (".odd",), read)])]),
    )
    return engine.audit(folder / "log.odd", engine=back_end)


@pytest.mark.parametrize("back_end", ["online", "columnar"])
@pytest.mark.parametrize("error", FOREIGN)
def test_a_reader_that_leaves_is_at_fault(error: BaseException, back_end: Any, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=rf"the reader `odd` failed: {type(error).__name__}.* \(plugin "):
        audit(raising(error), tmp_path, back_end)


@pytest.mark.parametrize("back_end", ["online", "columnar"])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (5, "gave 5, which is not a `RowBatch`"),
        (evolve(BATCH, numbers=5), "gave the row numbers 5, which are not a list"),
        (evolve(BATCH, numbers=["1"]), "gave the row number '1', which is not a whole number"),
        (evolve(BATCH, columns=5), "gave the columns 5, which are not a mapping"),
        (evolve(BATCH, columns={5: ["a"]}), "gave the column 5, whose name is not a text"),
        (
            evolve(BATCH, columns={"person": 5}),
            "gave the column `person` as 5, which is not a list",
        ),
        (
            evolve(BATCH, columns={"person": "a"}),
            "gave the column `person` as 'a', which is not",
        ),
        (evolve(BATCH, columns={"person": [object()]}), "gave the cell <object object at"),
        (
            evolve(BATCH, columns={"person": [5]}, plain=True),
            "gave the column `person` as plain texts,",
        ),
        (
            evolve(BATCH, times={"at": "instant"}),
            "gave the column `at` as times, but a cell",
        ),
        (evolve(BATCH, rejected=[5]), "gave the rejected row 5, which is not a `BadRow`"),
        (evolve(BATCH, rejected=[make_badrow("1", "r")]), "gave the rejected row BadRow"),
        (evolve(BATCH, names=[5]), "gave the column 5, whose name is not a text"),
    ],
)
def test_a_reader_that_gives_no_batch_is_at_fault(
    given: Any, told: str, back_end: Any, tmp_path: Path
) -> None:
    with pytest.raises(PluginError) as raised:
        audit(lambda *_: iter([given]), tmp_path, back_end)
    assert str(raised.value).startswith(f"the reader `odd` {told}")
    assert "(plugin " in str(raised.value)


@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_a_batch_that_its_reader_changes_afterwards_is_as_it_was(back_end: Any, tmp_path: Path) -> None:
    def read(*_: Any) -> Iterator[RowBatch]:
        matter = ["m"]
        columns: dict[str, list[Any]] = {
            "person": ["ann"],
            "at": ["2025-03-01T09:00:00Z"],
            "matter": [matter],
        }
        yield RowBatch([1], columns)
        columns["person"][0] = "bob"
        matter.append("n")
        columns["at"].append("2025-03-02T09:00:00Z")

    (found,) = audit(read, tmp_path, back_end).findings
    assert (found.person, found.at) == ("ann", 1_740_819_600_000_000)


@pytest.mark.parametrize(
    ("hook", "record", "told"),
    [
        ("readers", make_reader("odd", 5, raising(ValueError())), "a reader of which `Reader.suffixes` is 5"),
        ("readers", make_reader("odd", (".o",), 5), "a reader of which `Reader.read` is 5"),
        ("formatters", make_formatter("odd", 5), "a formatter of which `Formatter.write` is 5"),
        ("channels", make_channel("odd", normalise=5), "a channel of which `Channel.normalise` is 5"),
        (
            "zones",
            make_zonesource("odd", "area", raising(ValueError())),
            "a zone source of which `ZoneSource.attributes`",
        ),
        (
            "commands",
            make_command("odd", None, raising(ValueError())),
            "a command of which `Command.help` is None",
        ),
        ("commands", make_command("odd", "help", None), "a command of which `Command.load` is None"),
        ("commands", "odd", "'odd', which is not a `Command`"),
    ],
)
def test_a_record_of_wrong_types_is_refused_when_it_is_loaded(hook: str, record: Any, told: str) -> None:
    with pytest.raises(PluginError) as raised:
        Plugins([plugin_of(**{hook: [record]})])
    assert f"`comity_{hook}` gave {told}" in str(raised.value)


@pytest.mark.parametrize("error", FOREIGN)
def test_a_hook_that_leaves_fails(error: BaseException) -> None:
    class Odd:
        @hookimpl
        def comity_channels(self) -> Any:
            raise error

    with pytest.raises(PluginError, match=f"plugin `Odd`: `comity_channels` failed: {type(error).__name__}"):
        Plugins([Odd()])

    class Unmade:
        def __init__(self) -> None:
            raise error

    with pytest.raises(PluginError, match=f"it cannot be made: {type(error).__name__}"):
        Plugins([Unmade])


@pytest.mark.parametrize("error", FOREIGN)
def test_a_zone_source_that_leaves_fails(error: BaseException) -> None:
    plugins = Plugins([plugin_of(zones=[make_zonesource("odd", ("area",), raising(error))])])
    with pytest.raises(PluginError, match=f"the zone source `odd` failed: {type(error).__name__}"):
        plugins.zones.of({"area": "x"})


@pytest.mark.parametrize("error", [*FOREIGN, OSError(28, "No space left on device")])
def test_a_formatter_that_fails_is_told_as_the_formatter(error: BaseException) -> None:
    plugins = Plugins([plugin_of(formatters=[make_formatter("odd", raising(error))])])
    report = Engine.of(POLICY.format(kind="forbidden")).audit(EVENTS)
    with pytest.raises(PluginError, match=rf"the formatter `odd` failed: {type(error).__name__}.* \(plugin "):
        list(plugins.formatters["odd"].write(report, Style()))


def loaded(plugins: Plugins, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command line use these plugins."""
    monkeypatch.setattr(Plugins, "installed", classmethod(lambda cls, *given, **more: plugins))


def run(*arguments: str) -> int:
    return guarded(lambda: cli.main(list(arguments), "comity", standalone_mode=False))


@pytest.mark.parametrize("error", FOREIGN)
@pytest.mark.parametrize("where", ["load", "run"])
def test_a_command_that_leaves_ends_with_its_name_and_status_2(
    error: BaseException, where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load = raising(error) if where == "load" else lambda: click.Command("odd", callback=raising(error))
    loaded(Plugins([plugin_of(commands=[make_command("odd", "odd", load)])]), monkeypatch)
    assert run("odd") == 2
    assert f"comity: the command `odd` failed: {type(error).__name__}" in capsys.readouterr().err


def test_a_command_gives_its_status_and_prints_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def odd() -> int:
        click.echo("its own report")
        return 4

    loaded(
        Plugins(
            [plugin_of(commands=[make_command("odd", "odd", lambda: click.Command("odd", callback=odd))])]
        ),
        monkeypatch,
    )
    assert (run("odd"), capsys.readouterr().out) == (4, "its own report\n")


def printing(item: Any) -> Any:
    def function(*given: Any) -> Any:
        print("chatter")  # noqa: T201
        return item

    return function


def test_what_plugins_print_gets_into_no_report(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    class Chatty:
        @hookimpl
        def comity_rule_kinds(self) -> Any:
            return printing([judging(printing(None))])()

        @hookimpl
        def comity_readers(self) -> Any:
            return [make_reader("odd", (".odd",), lambda *_: printing(iter([BATCH]))())]

        @hookimpl
        def comity_formatters(self) -> Any:
            return [make_formatter("odd", lambda report, style: printing(iter(["report\n"]))())]

    monkeypatch.setattr(Plugins, "installed", classmethod(lambda cls, *given, **more: Plugins([Chatty()])))
    (tmp_path / "log.odd").write_text("x")
    (tmp_path / "p.toml").write_text(POLICY.format(kind="asked"))
    assert (
        run("audit", str(tmp_path / "log.odd"), "--policy", str(tmp_path / "p.toml"), "--format", "odd") == 0
    )
    written = capsysbinary.readouterr()
    assert written.out == b"report\n"
    assert written.err.count(b"chatter\n") >= 4


def test_the_end_of_the_process_is_no_fault_of_a_plugin(tmp_path: Path) -> None:
    def read(*_: Any) -> Iterator[RowBatch]:
        terminate()
        yield BATCH

    with pytest.raises(Terminated) as raised:
        audit(read, tmp_path, "online")
    assert raised.value.code == TERMINATED
