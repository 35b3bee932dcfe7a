"""Runs with a state: what is told, what is refused, and that nothing is lost or said twice."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import comity
from comity import Engine, Event, EventError, InputError, Plugins, Report, UsageError, hookimpl
from comity.clock.instants import parse_instant
from comity.events.zone_sources import ZoneSource
from comity.incremental import AuditState, StateReport, made_with
from comity.plan import ALWAYS, PythonCheck, Verdict, Wording
from comity.results.findings import Finding

DAY = dt.timedelta(days=1)
RULES = """
comity = 1

[policy]
id = "shop"
title = "Letters of a shop"
version = "2"
timezone = "UTC"

[rules.gap]
kind = "minimum-gap"
contact = { kind = "letter" }
gap = "3d"

[rules.reply]
kind = "response-window"
after = { kind = "question" }
expect = { kind = "reply" }
within = "1d"

[rules.stopped]
kind = "stop-after"
contact = { kind = "letter" }
after = { kind = "stop" }
"""
TEAMS = """
[rules.teams]
kind = "maximum-contacts"
contact = { kind = "letter" }
limit = 2
window = "2d"
per = []
"""


def on(day: int, person: str, kind: str, name: str | None = None, hour: int = 9) -> Event:
    at = parse_instant(f"2025-03-{day:02}T{hour:02}:00:00Z")
    return Event(person, at, name, kind, label=None if name else f"{person}-{kind}-{day}-{hour}")


def told(report: StateReport) -> tuple[list[str], list[str]]:
    """Return the new findings and those that are withdrawn, in short."""

    def names(findings: Iterable[Finding]) -> list[str]:
        return [f"{each.rule} {each.event} {each.status}" for each in findings]

    return names(report.findings), names(report.withdrawn)


def codes(report: Report) -> list[str]:
    return [notice.code for notice in report.notices]


@pytest.fixture
def engine() -> Engine:
    return Engine.of(RULES)


@pytest.fixture
def state(tmp_path: Path) -> AuditState:
    return AuditState(tmp_path / "state")


def test_a_run_tells_what_is_new_and_what_no_longer_holds(engine: Engine, state: AuditState) -> None:
    first = state.run(
        engine, [on(1, "ann", "letter", "a"), on(1, "bea", "question", "b"), on(1, "cid", "question", "c")]
    )
    assert told(first) == (["reply b pending", "reply c pending"], [])
    second = state.run(engine, [on(2, "ann", "letter", "d", 8), on(2, "bea", "reply", "e", 8)])
    assert told(second) == (["gap d violation"], ["reply b pending"])
    third = state.run(engine, [on(3, "dan", "letter", "f")])
    assert told(third) == (["reply c violation"], ["reply c pending"])
    assert [each.events for each in (first.summary, second.summary, third.summary)] == [3, 2, 1]
    total = third.total
    assert (total.events, total.persons, total.rows_read) == (6, 4, 6)
    assert total.by_rule["shop/reply"].violation == 1
    assert total.by_rule["shop/gap"].judged == 3


def test_a_run_that_is_repeated_says_the_same_and_changes_nothing(engine: Engine, state: AuditState) -> None:
    state.run(engine, [on(1, "ann", "letter", "a")])
    events = [on(2, "ann", "letter", "b"), on(2, "bea", "question", "c")]
    report = state.run(engine, events)
    kept = sorted((path.name, path.read_bytes()) for path in state.folder.iterdir())
    again = state.run(engine, events)
    assert again.is_repeated
    assert told(again) == told(report)
    assert again.total == report.total
    assert codes(again)[0] == "run-repeated"
    assert sorted((path.name, path.read_bytes()) for path in state.folder.iterdir()) == kept
    with pytest.raises(
        UsageError, match="these 1 events were read by run 1 already: give those that came later"
    ):
        state.run(engine, [on(1, "ann", "letter", "a")])
    with pytest.raises(
        UsageError, match="read by run 2 already: to move as-of alone, give a log without events"
    ):
        state.run(engine, events, as_of="2025-03-09T00:00:00Z")


def test_time_alone_makes_a_pending_finding_a_violation(engine: Engine, state: AuditState) -> None:
    state.run(engine, [on(1, "ann", "question", "a")])
    report = state.run(engine, [], as_of="2025-03-05T00:00:00Z")
    assert told(report) == (["reply a violation"], ["reply a pending"])
    assert report.complete
    with pytest.raises(UsageError, match="as-of 2025-03-04T00:00:00Z is earlier than 2025-03-05T00:00:00Z"):
        state.run(engine, [], as_of="2025-03-04T00:00:00Z")
    late = state.run(engine, [on(2, "ann", "reply", "b", 8)])
    assert told(late) == ([], ["reply a violation"]), "as-of was later than the events that were known"


def test_events_that_come_late_correct_earlier_findings(engine: Engine, tmp_path: Path) -> None:
    state = AuditState(tmp_path / "state", allowed_lateness=2 * DAY)
    state.run(engine, [on(1, "ann", "letter", "a"), on(4, "ann", "letter", "b", 8)])
    report = state.run(engine, [on(3, "ann", "letter", "c")])
    assert told(report) == (["gap c violation", "gap b violation"], ["gap b violation"])
    with pytest.raises(
        InputError, match="1 event too late, the first in row 3#1, at 2025-03-02T07:00:00Z: 2 runs"
    ):
        state.run(engine, [on(2, "ann", "letter", "d", 7)])
    assert len(state.manifest().now.runs) == 2


def test_known_events_are_left_out_and_those_without_ids_are_told(engine: Engine, state: AuditState) -> None:
    state.run(engine, [on(1, "ann", "letter", "a"), on(2, "ann", "letter")])
    report = state.run(
        engine, [on(1, "ann", "letter", "a"), on(2, "ann", "letter"), on(3, "bea", "letter", "b")]
    )
    assert (report.left_out, report.summary.rows_skipped, report.summary.events) == (1, 1, 2)
    assert codes(report)[:2] == ["known-events", "events-like-known"]
    with pytest.raises(InputError, match="1 of them look like events of earlier runs, without ids"):
        state.run(engine, [on(2, "ann", "letter"), on(4, "bea", "letter", "c")])


def test_other_policies_are_refused_with_what_differs(engine: Engine, state: AuditState) -> None:
    state.run(engine, [on(1, "ann", "letter", "a")])
    other = Engine.of(RULES.replace('"3d"', '"4d"').replace("rules.reply", "rules.answer"))
    with pytest.raises(UsageError) as refused:
        state.run(other, [on(2, "ann", "letter", "b")])
    assert "changed: `shop/gap`; new: `shop/answer`; no longer there: `shop/reply`" in str(refused.value)
    severity = Engine.of(RULES.replace('kind = "minimum-gap"', 'kind = "minimum-gap"\nseverity = "info"'))
    with pytest.raises(UsageError, match="changed: `shop/gap`"):
        state.run(severity, [on(2, "ann", "letter", "b")])
    report = state.run(other, [on(1, "ann", "letter", "a"), on(2, "ann", "letter", "b")], rebuild=True)
    assert (report.run, report.total.events) == (1, 2)
    assert told(state.run(other, [on(3, "ann", "letter", "c")]))[0] == ["gap c violation"]


def test_other_versions_are_refused_until_they_are_accepted(
    engine: Engine, state: AuditState, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.run(engine, [on(1, "ann", "letter", "a")])
    monkeypatch.setattr(made_with, "zones_version", lambda: "1999z")
    with pytest.raises(UsageError, match=r"was made with time zones .* \(here 1999z\)"):
        state.run(engine, [on(2, "ann", "letter", "b")])
    state.accept(engine)
    assert told(state.run(engine, [on(2, "ann", "letter", "b")]))[0] == ["gap b violation"]


def test_another_lateness_is_refused(engine: Engine, state: AuditState) -> None:
    state.run(engine, [on(1, "ann", "letter", "a")])
    with pytest.raises(UsageError, match="made with an allowed lateness of 0 days"):
        AuditState(state.folder, allowed_lateness=DAY).run(engine, [on(2, "ann", "letter", "b")])


@pytest.mark.parametrize("bad", [-DAY, 1, "1d"])
def test_a_lateness_is_a_timedelta(bad: object, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`allowed_lateness` is"):
        AuditState(tmp_path / "state", allowed_lateness=bad)  # type: ignore[arg-type]


def test_what_no_event_can_need_any_more_is_dropped(engine: Engine, state: AuditState) -> None:
    state.run(engine, [on(1, "ann", "stop", "s")])
    for day in range(2, 29):
        state.run(engine, [on(day, f"p{day}", "letter", f"l{day}"), on(day, f"p{day}", "gossip", f"g{day}")])
    rows = sum(segment.rows for segment in state.manifest().now.segments)
    assert rows <= 8, "three days of letters, with as many that are not dropped yet, and the stop"
    kept = {each.how_long: each.events for each in state.kept()}
    assert kept["for ever"] == 1
    assert kept["for 1d"] == 0
    report = state.run(engine, [on(29, "ann", "letter", "last")])
    assert told(report)[0] == ["stopped last violation"]


def test_rules_of_all_persons_together_go_on(tmp_path: Path) -> None:
    engine, state = Engine.of(RULES + TEAMS), AuditState(tmp_path / "state")
    runs = [
        [on(1, "ann", "letter", "a")],
        [on(1, "bea", "letter", "b", 10)],
        [on(2, "cid", "letter", "c", 8)],
    ]
    found = [told(state.run(engine, events))[0] for events in runs]
    assert found == [[], [], ["teams c violation"]]


def judge_in_python(events: Sequence[Event]) -> Verdict | None:
    """Find every third event one too many; fail where one is a `boom`."""
    if events[-1].kind == "boom":
        raise ValueError("boom")
    return Verdict(f"{len(events)}") if len(events) % 3 == 0 else None


def with_python(engine: Engine) -> Engine:
    """Return an engine whose first rule is judged in Python."""
    check = PythonCheck(judge_in_python, Wording("at most two", "{event} is one too many"))
    rule = attrs.evolve(engine.plan.rules[0], constraint=check, judged=ALWAYS)
    plan = attrs.evolve(engine.plan, rules=(rule, *engine.plan.rules[1:]))
    return attrs.evolve(engine, plan=plan)


def test_rules_that_are_judged_in_python_go_on(engine: Engine, state: AuditState) -> None:
    own = with_python(engine)
    events = [on(day, "ann", "boom" if day in (4, 6) else "letter", f"e{day}") for day in range(1, 10)]
    said: Counter[Finding] = Counter()
    for number in range(0, 9, 2):
        report = state.run(own, events[number : number + 2])
        said.update(report.findings)
        said.subtract(report.withdrawn)
    whole = own.audit(events, engine="online").findings
    assert +said == Counter(whole)
    assert any(finding.status == "indeterminate" for finding in whole)


def test_rows_are_named_by_their_files(engine: Engine, state: AuditState, tmp_path: Path) -> None:
    path = tmp_path / "today.csv"
    path.write_text("person,at,kind\nann,2025-03-01T09:00:00Z,letter\n")
    state.run(engine, path)
    path.write_text("person,at,kind\nbea,2025-03-02T08:00:00Z,letter\nann,2025-03-02T09:00:00Z,letter\n")
    report = state.run(engine, path)
    (finding,) = report.findings
    assert finding.event == f"{path}@2#2"
    assert finding.evidence == (f"{path}#1",)
    again = state.run(engine, path)
    assert again.is_repeated
    assert list(again.findings) == [finding]
    assert told(state.run(engine, [on(3, "ann", "letter"), on(3, "ann", "letter", hour=10)]))[0] == [
        "gap ann-letter-3-9 violation",
        "gap ann-letter-3-10 violation",
    ]


def test_rejected_rows_are_told_and_can_be_refused(engine: Engine, state: AuditState, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("person,at,kind\nann,2025-03-01T09:00:00Z,letter\n,2025-03-01T09:00:00Z,letter\n")
    with pytest.raises(InputError, match="1 row was rejected"):
        state.run(engine, path, on_rejected="raise")
    assert not (state.folder / "comity-state.json").exists()
    report = state.run(engine, path)
    assert (report.summary.rows_rejected, len(report.rejections), report.complete) == (1, 1, False)


def test_another_mapping_is_told(engine: Engine, state: AuditState, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("person,at,kind\nann,2025-03-01T09:00:00Z,letter\n")
    state.run(engine, engine.log(path))
    path.write_text("person,at,kind\nann,2025-03-02 09:00,letter\n")
    report = state.run(engine, engine.log(path, timezone="Europe/Paris"))
    assert "mapping-changed" in codes(report)


def test_tables_and_no_events_at_all_are_taken(engine: Engine, state: AuditState) -> None:
    nothing = state.run(engine, [])
    assert codes(nothing) == ["no-events"]
    rows = {
        "person": ["ann"] * 2,
        "at": ["2025-03-01T09:00:00Z", "2025-03-02T09:00:00Z"],
        "kind": ["letter"] * 2,
    }
    assert told(state.run(engine, pa.table(rows)))[0] == ["gap the table#2 violation"]
    assert codes(state.run(engine, [])) == []


def test_a_rule_that_fails_leaves_the_state_as_it_was(state: AuditState) -> None:
    class Map:
        @hookimpl
        def comity_zones(self) -> list[object]:
            def zones(attributes: object) -> list[str]:
                raise ValueError("no map")

            return [ZoneSource("map", ("place",), zones)]

    own = Engine.of(RULES.replace('"3d"', '"3 calendar days"'), plugins=Plugins([Map()]))
    event = attrs.evolve(on(1, "ann", "letter", "a"), attributes={"place": "here"})
    with pytest.raises(InputError, match="the state is as before: mend what fails, and run again"):
        state.run(own, [event])
    assert not (state.folder / "comity-state.json").exists()


def test_a_person_is_forgotten(engine: Engine, state: AuditState) -> None:
    state.run(engine, [on(1, "ann", "letter", "a"), on(1, "bea", "question", "b")])
    assert state.forget("ann") == 1
    assert state.forget("ann") == 0
    kept = [pq.read_table(path)["person"].to_pylist() for path in state.folder.glob("events-*.parquet")]
    assert kept == [["bea"]]
    report = state.run(engine, [on(2, "ann", "letter", "c", 8)])
    assert told(report) == ([], []), "the letter of the day before is forgotten"


def test_events_that_are_unusable_change_nothing(engine: Engine, state: AuditState) -> None:
    with pytest.raises(EventError):
        state.run(engine, [{"person": "ann"}])
    assert not state.folder.exists()


def test_the_manifest_says_what_the_runs_were(engine: Engine, state: AuditState) -> None:
    state.run(engine, [on(1, "ann", "letter", "a")])
    body = json.loads((state.folder / "comity-state.json").read_text())
    assert body["comity-state"] == 1
    assert body["now"]["runs"][0]["events"] == 1
    assert body["versions"]["comity"] == comity.__version__
