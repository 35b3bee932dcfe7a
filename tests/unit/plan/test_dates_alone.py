"""Events of which only the date is known, before rules that ask for the time of the day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from comity import Engine, Event, History
from comity.cli.main import cli
from comity.clock.instants import DAY, HOUR, parse_instant
from comity.errors import EventError

POLICY = """comity = 1
[policy]
id = "office"
title = "Office"
version = "1"
timezone = "Europe/Rome"
[rules.hours]
kind = "contact-hours"
contact = { kind = "call" }
allow = [{ from = 09:00:00, to = 18:00:00 }]
[rules.no-sundays]
kind = "contact-hours"
contact = { kind = "call" }
deny = [{ days = ["sun"] }]
severity = "warning"
[rules.mondays]
kind = "contact-hours"
contact = { kind = "visit" }
allow = [{ days = ["mon"] }]
"""
MONDAY = parse_instant("2025-06-01T22:00:00Z")
SUNDAY = MONDAY - DAY
LOG = (
    "person,at,kind\na,2025-06-02,call\nb,2025-06-01,call\nc,2025-06-02 10:00,call\n"
    "d,2025-06-02,visit\ne,2025-06-03,visit\nf,2025-06-02 00:00,call\n"
)


def main(arguments: list[str]) -> tuple[int, str]:
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    return int(result.return_value or 0), result.stdout


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "office.toml"
    path.write_text(POLICY)
    return path


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log.parquet"])
@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_a_date_alone_is_not_midnight(tmp_path: Path, policy: Path, name: str, back_end: str) -> None:
    rows = [
        dict(zip(("person", "at", "kind"), line.split(","), strict=True)) for line in LOG.splitlines()[1:]
    ]
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_text(LOG)
    elif name.endswith("jsonl"):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), path)
    engine = Engine.of(policy)
    report = engine.audit(engine.log(path, timezone="Europe/Rome"), engine=back_end)  # type: ignore[arg-type]
    found = [(f.person, f.rule, f.status, f.allowed_from) for f in report.findings]
    assert found == [
        ("a", "hours", "indeterminate", None),
        ("b", "hours", "indeterminate", None),
        ("b", "no-sundays", "violation", MONDAY),
        ("e", "mondays", "violation", MONDAY + 7 * DAY),
        ("f", "hours", "violation", MONDAY + 9 * HOUR),
    ]
    first = report.findings[0]
    assert first.measured == "Mon 2025-06-02 without a time"
    assert first.message == (
        "The call was on Mon 2025-06-02 without a time, so that it is not known whether it was in the "
        "allowed hours (09:00-18:00)."
    )
    assert report.summary.dates_without_time == 4
    assert report.summary.by_rule["office/hours"].indeterminate == 2
    [notice] = [notice for notice in report.notices if notice.code == "dates-without-time"]
    assert notice.count == 4


def test_a_date_of_another_zone_is_not_known_by_days_either(tmp_path: Path, policy: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("person,at,kind\nd,2025-06-02,visit\n")
    for back_end in ("online", "columnar"):
        engine = Engine.of(policy)
        report = engine.audit(engine.log(path, timezone="Asia/Tokyo"), engine=back_end)
        assert [f.status for f in report.findings] == ["indeterminate"]


def test_the_audit_of_such_a_log_is_not_clean(tmp_path: Path, policy: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("person,at,kind\na,2025-06-02,call\n")
    assert main(["audit", str(path), "--policy", str(policy), "--timezone", "Europe/Rome"])[0] == 3


@pytest.mark.parametrize(
    ("at", "status"), [("2025-06-02", 3), ("2025-06-02 10:00", 0), ("2025-06-02 00:00", 1)]
)
def test_a_proposed_date_alone_is_indeterminate(tmp_path: Path, policy: Path, at: str, status: int) -> None:
    path = tmp_path / "log.csv"
    path.write_text("person,at,kind\na,2025-05-02 10:00,call\n")
    options = ["--timezone", "Europe/Rome", "--propose", f"person=a,kind=call,at={at}", "--format", "json"]
    exit_status, out = main(["check", str(path), "--policy", str(policy), *options])
    assert exit_status == status
    told = json.loads(out)
    if status == 3:
        assert told["outcome"] == "indeterminate"
        assert told["next_allowed"] is None
        assert [finding["status"] for finding in told["findings"]] == ["indeterminate"]


def test_whatever_asks_gives_the_same(policy: Path) -> None:
    engine = Engine.of(policy)
    dated = Event("a", MONDAY, kind="call", date_only=True)
    histories: list[Sequence[Event]] = [[], History([Event("a", SUNDAY, kind="call", date_only=True)])]
    for history in histories:
        decision = engine.decide(history, dated)
        assert (decision.outcome, decision.next_allowed) == ("indeterminate", None)
        assert [finding.status for finding in decision.findings] == ["indeterminate"]
    standing = {told.rule: told.standing for told in engine.explain([], dated)}
    assert standing == {"hours": "indeterminate", "no-sundays": "kept", "mondays": "not-judged"}
    assert engine.slots([], dated)[0].start == MONDAY + 9 * HOUR
    assert engine.decide([], attrs.evolve(dated, kind="visit")).outcome == "allow"
    monitor = engine.monitor()
    assert [finding.status for finding in monitor.feed(dated)] == ["indeterminate"]


def test_a_late_monitor_keeps_that_a_date_is_alone(policy: Path) -> None:
    import datetime as dt

    engine = Engine.of(policy)
    monitor = engine.monitor(lateness=dt.timedelta(days=2))
    monitor.feed(Event("a", MONDAY, kind="call", date_only=True))
    restored = engine.restore(monitor.snapshot())
    found = [*restored.feed(Event("a", SUNDAY, kind="call", date_only=True)), *restored.close()]
    told = {(f.at, f.status) for f in found if not hasattr(f, "withdrawn")}
    assert (SUNDAY, "indeterminate") in told


def test_a_further_event_of_a_row_has_its_own_time(tmp_path: Path, policy: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text("comity = 1\n[[also]]\nat = 'until'\nkind = { value = 'call' }\n")
    path = tmp_path / "log.csv"
    path.write_text(
        "person,at,kind,until\na,2025-06-02,note,2025-06-02 10:00\nb,2025-06-02 10:00,call,2025-06-03\n"
    )
    from comity.readers import load_mapping

    for back_end in ("online", "columnar"):
        engine = Engine.of(policy)
        log = engine.log(path, mapping=load_mapping(mapping), timezone="Europe/Rome")
        report = engine.audit(log, engine=back_end)
        assert [(f.event, f.status) for f in report.findings] == [("#2+1", "indeterminate")]


def test_an_event_keeps_that_its_date_is_alone() -> None:
    dated = Event("a", MONDAY, kind="call", date_only=True)
    assert Event.of(dated.to_dict()) == dated
    assert "date_only" not in Event("a", MONDAY).to_dict()
    with pytest.raises(EventError, match="it must be true or false"):
        Event.of({"person": "a", "at": MONDAY, "date_only": "yes"})


ZONED = """comity = 1
[policy]
id = "zoned"
title = "Zoned"
version = "1"
timezone = "America/New_York"
[rules.weekdays]
kind = "contact-hours"
contact = { kind = "call" }
allow = [{ days = ["mon", "tue", "wed", "thu", "fri"] }]
[rules.no-thursdays]
kind = "contact-hours"
contact = { kind = "letter" }
deny = [{ days = ["thu"] }]
timezone = "America/New_York"
[rules.daytime]
kind = "contact-hours"
contact = { kind = "visit" }
allow = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "00:00", to = "12:00" }, { from = "12:00" }]
"""


@pytest.mark.parametrize("back_end", ["online", "columnar"])
@pytest.mark.parametrize("read_in", ["America/New_York", "Asia/Tokyo", "Pacific/Auckland"])
def test_the_date_that_was_written_is_a_day_of_the_event_s_own_zone(
    tmp_path: Path, back_end: str, read_in: str
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "person,at,kind,timezone\na,2025-03-14,call,Asia/Tokyo\nb,2025-03-15,call,Asia/Tokyo\n"
        "c,2025-03-14,letter,Asia/Tokyo\nd,2025-03-13,letter,America/New_York\n"
        "e,2025-03-12,letter,Asia/Tokyo\nf,2025-03-15,visit,Asia/Tokyo\ng,2025-03-14,visit,Asia/Tokyo\n"
    )
    engine = Engine.of(ZONED)
    report = engine.audit(engine.log(path, timezone=read_in), engine=back_end)  # type: ignore[arg-type]
    assert [(f.person, f.rule, f.status, f.measured) for f in report.findings] == [
        ("b", "weekdays", "violation", "an unknown time on Sat 2025-03-15"),
        (
            "c",
            "no-thursdays",
            "indeterminate",
            "Fri 2025-03-14 without a time "
            "(Thu 2025-03-13 11:00 to Fri 2025-03-14 11:00 in America/New_York)",
        ),
        ("d", "no-thursdays", "violation", "an unknown time on Thu 2025-03-13"),
        ("f", "daytime", "indeterminate", "Sat 2025-03-15 without a time"),
    ]
    assert report.findings[0].message == (
        "The call was at an unknown time on Sat 2025-03-15, outside the allowed hours (mon tue wed thu fri)."
    )


@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_a_date_of_a_zone_that_is_not_known_is_judged_where_both_days_agree(
    tmp_path: Path, back_end: str
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "person,at,kind\na,2025-03-14,call\nb,2025-03-15,call\nc,2025-03-17,call\nd,2025-03-16,call\n"
    )
    engine = Engine.of(ZONED)
    report = engine.audit(engine.log(path, timezone="Asia/Tokyo"), engine=back_end)  # type: ignore[arg-type]
    assert [(f.person, f.status, f.measured.partition(" (")[0]) for f in report.findings] == [
        ("b", "indeterminate", "Sat 2025-03-15 without a time"),
        ("c", "indeterminate", "Mon 2025-03-17 without a time"),
        ("d", "violation", "an unknown time on Sun 2025-03-16"),
    ]
    assert report.findings[2].allowed_from == parse_instant("2025-03-17T04:00:00Z")


def test_a_closed_or_an_open_date_is_judged_whatever_its_time() -> None:
    engine = Engine.of(ZONED)
    friday = parse_instant("2025-03-14T04:00:00Z")
    visit = Event("a", friday, kind="visit", date_only=True)
    assert engine.decide([], visit).outcome == "allow"
    [told] = [told for told in engine.explain([], visit) if told.standing == "kept"]
    assert told.measured == "an unknown time on Fri 2025-03-14"
    call = Event("a", friday + DAY, kind="call", date_only=True)
    decision = engine.decide([], call)
    assert (decision.outcome, decision.next_allowed) == ("deny", friday + 3 * DAY)
    assert "00:00" not in decision.findings[0].message
    assert engine.slots([], call)[0].start == friday + 3 * DAY


def test_the_date_after_one_that_a_zone_skips_is_that_which_was_written() -> None:
    engine = Engine.of(ZONED)
    after = Event("a", parse_instant("2011-12-30T10:00:00Z"), kind="call", timezone="Pacific/Apia")
    decision = engine.decide([], attrs.evolve(after, date_only=True))
    assert decision.outcome == "deny"
    assert decision.findings[0].measured == "an unknown time on Sat 2011-12-31"
