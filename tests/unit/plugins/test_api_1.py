"""The plugin in `tests/fixtures/api_1` was written against plugin API 1: what it gives is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity import Engine, Event, EventError, Plugins, UsageError
from comity.audits.backends import BackEnd
from comity.cli.main import cli, guarded
from comity.formatters import Style

FIXTURE = Path(__file__).parent.parent.parent / "fixtures" / "api_1"
BACK_ENDS: tuple[BackEnd, ...] = ("online", "columnar")
DAY = 86_400_000_000
NOON = 1_741_003_200_000_000  # 2025-03-03T12:00:00Z, a Monday


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Plugins:
    monkeypatch.syspath_prepend(FIXTURE)
    return Plugins.installed(names=["comity-api-1"])


def tables(rule: dict[str, Any], **policy: Any) -> dict[str, Any]:
    meta = {"id": "p", "title": "P", "version": "1", **policy}
    return {"comity": 1, "policy": meta, "rules": {"r": rule}}


def test_both_plugins_of_the_distribution_are_loaded(plugins: Plugins) -> None:
    mine = [state for state in plugins.states if state.offered.distribution == "comity-api-1"]
    assert [(state.offered.name, state.state, state.api) for state in mine] == [
        ("api-1", "loaded", 1),
        ("api-1-data", "loaded", 1),
    ]
    assert mine[0].offered.title == "comity-api-1 1.2, issues: https://example.org/api-1/issues"
    assert len(mine[0].hooks) == 9


def test_a_kind_lowers_and_a_judgement_is_asked(plugins: Plugins) -> None:
    events = [Event("ann", NOON + n, attributes={"volume": v}) for n, v in enumerate((1, 3, 2, 99))]
    engine = Engine.of(tables({"kind": "at-most", "contact": {}, "most": 2}), plugins=plugins)
    assert [f.event for f in engine.audit(events).findings] == ["#3", "#4"]
    engine = Engine.of(tables({"kind": "not-louder", "contact": {}}), plugins=plugins)
    found = engine.audit(events).findings
    assert [(f.event, f.status, f.measured) for f in found] == [
        ("#2", "violation", "3 after 1"),
        ("#4", "indeterminate", ""),
    ]
    assert "plugin comity-api-1 1.2, issues: https://example.org/api-1/issues" in found[1].message
    decision = engine.decide(events[:3], events[3])
    assert decision.outcome == "indeterminate"


def test_channels_normalise_and_extend(plugins: Plugins) -> None:
    channels = plugins.channels
    assert channels.name("TX") == "telex"
    assert channels.name("epistle") == "letter"
    assert channels.medium("letter") == "post"
    assert channels.normalise("tx", " 12-34 ", "FR") == "FR-1234"
    with pytest.raises(EventError, match="`none` is not an address of the channel `telex`: it has no digits"):
        channels.normalise("telex", "none")


def test_zones_come_from_attributes(plugins: Plugins) -> None:
    rule = {"kind": "contact-hours", "contact": {}, "allow": [{"from": "08:00", "to": "21:00"}]}
    engine = Engine.of(tables(rule, timezone="UTC"), plugins=plugins)
    events = [
        Event("ann", NOON),
        Event("bob", NOON + 1, attributes={"region": "far"}),  # 21:00 in both
        Event("cid", NOON + 2, attributes={"region": "far"}, timezone="Europe/Oslo"),
        Event("dot", NOON + 3, attributes={"region": "nowhere"}),
        Event("eve", NOON + 9 * 3_600_000_000, attributes={"region": "north"}),  # 22:00 there
    ]
    for back_end in BACK_ENDS:
        found = engine.audit(events, engine=back_end).findings
        assert [f.person for f in found] == ["bob", "eve"]
        assert "in Asia/Tokyo and Mon 2025-03-03 21:00:00.000001 in Asia/Seoul" in found[0].measured
    assert engine.decide([], events[1]).outcome == "deny"
    assert engine.monitor().feed(events[4])


def test_the_data_file_gives_words_selectors_calendars_and_defaults(plugins: Plugins) -> None:
    engine = Engine.of("one-wire-a-day", plugins=plugins)
    (rule,) = engine.plan.rules
    assert (rule.severity, rule.per) == ("warning", ("person", "actor"))
    friday = NOON + 4 * DAY
    events = [
        Event("ann", at, actor=actor, kind=kind, channel="telegram", outcome=outcome, attributes={"words": 3})
        for at, actor, kind, outcome in (
            (friday, "x", "cable", "handed over"),
            (friday + 1, "x", "message", "delivered"),
            (friday + 2, "y", "WIRE", "Delivered"),
            (friday + DAY, "x", "wire", "delivered"),  # a Saturday is a business day here
            (friday + DAY + 1, "x", "message", "lost"),
        )
    ]
    assert [f.event for f in engine.audit(events).findings] == ["#2"]


def test_a_mapping_is_found_by_name_and_writes_addresses(plugins: Plugins, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("to,when,from,words\n12 34,2025-03-07T09:00:00Z,x,3\nno,2025-03-07T09:00:00Z,x,3\n")
    engine = Engine.of("one-wire-a-day", plugins=plugins)
    for back_end in BACK_ENDS:
        made = engine.log(log, mapping="telegraph-office")
        report = engine.audit(made, engine=back_end)
        assert (report.summary.events, report.summary.rows_rejected) == (1, 1)
    assert [event.person for batch in made.batches() for event in batch] == ["FR-1234"]
    with pytest.raises(UsageError, match="no mapping is called `telegraf-office`: did you mean `telegraph-"):
        engine.log(log, mapping="telegraf-office")


def test_readers_have_options_and_recognise_logs(plugins: Plugins, tmp_path: Path) -> None:
    engine = Engine.of("by-messenger", plugins=plugins)
    log = tmp_path / "log.csv"
    log.write_text("PIPES|2025-03-03T12:00:00Z\nbad\n")
    made = engine.log(log, options={"office": ["paris"]})
    (event,) = [event for batch in made.batches() for event in batch]
    assert (event.person, event.actor, made.tally.rows_rejected) == ("PIPES", "paris", 1)
    with pytest.raises(UsageError, match="the format `pipes` has no option `offise`: did you mean `office`"):
        list(engine.log(log, options={"offise": ["paris"]}).batches())
    (tmp_path / "ann.note").write_text("2025-03-03T12:00:00Z\n")
    found = engine.log(tmp_path)
    assert [event.person for batch in found.batches() for event in batch] == ["ann"]


def test_the_formatter_and_the_command_are_there(
    plugins: Plugins, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = Engine.of("by-messenger", plugins=plugins).audit([])
    assert list(plugins.formatters["tally"].write(report, Style())) == ["0 findings\n"]

    def run(*arguments: str) -> int:
        return guarded(lambda: cli.main(args=list(arguments), prog_name="comity", standalone_mode=False))

    assert run("--plugin", "api-1", "hello") == 0
    assert "hello from API 1" in capfd.readouterr().out
    log = tmp_path / "log.pipes"
    log.write_text("ann|2025-03-03T12:00:00Z\n")
    arguments = ("audit", str(log), "--policy", "by-messenger", "--format", "tally", "--plugin=comity-api-1")
    assert run(*arguments, "--office", "paris") == 0
    assert capfd.readouterr().out == "0 findings\n"
    assert run(*arguments[:-1], "--no-plugins") == 2
    assert "`by-messenger`" in capfd.readouterr().err
