"""Logs that reach over centuries: clocks are looked up where events are, and findings stay the same."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import comity.columnar as columnar
from comity import Engine, Event, Report
from comity.clock.instants import DAY, HOUR, MAX_INSTANT, MIN_INSTANT, parse_instant
from comity.clock.zones import STRETCH, UTC, Zone, find_zone
from comity.columnar.partitions.zone_times import MOST_DAYS, AuditTimes, DayTable, Zoned, ZoneTimes
from comity.columns.from_events import EventBlocks
from comity.columns.zone_runs import longest_row, runs_in, stretches_of
from comity.plan.time.span_texts import parse_span

HEAD = """comity = 1
[policy]
id = "ages"
title = "Ages"
version = "1"
timezone = "{zone}"
"""
RULES = {
    "gap": 'kind = "minimum-gap"\ncontact = {}\ngap = "3 calendar days"',
    "months": 'kind = "maximum-contacts"\ncontact = {}\nlimit = 1\nwindow = "2 months"',
    "same-week": 'kind = "maximum-contacts"\ncontact = {}\nlimit = 2\nwindow = "same week"',
    "business": 'kind = "minimum-gap"\ncontact = {}\ngap = "2 business days"',
    "answer": 'kind = "response-window"\nafter = { kind = "asked" }\nexpect = { kind = "told" }\n'
    'within = "2 business days"',
    "stop": 'kind = "stop-after"\ncontact = { kind = "told" }\nafter = { kind = "stop" }\n'
    'honour-within = "4 calendar days"\nfor = "30 calendar days"',
    "hours": 'kind = "contact-hours"\ncontact = { kind = "told" }\n'
    "allow = [{ days = 'mon-fri', from = 09:00:00, to = 17:00:00 }]".replace("'mon-fri'", '["mon", "wed"]'),
}
CENTRES = ("0001-01-03", "0340-06-01", "1699-12-30", "1883-11-17", "2024-03-08", "2051-02-01", "9999-12-20")


def policy(rules: dict[str, str], zone: str = "America/New_York") -> str:
    return HEAD.format(zone=zone) + "".join(f"[rules.{name}]\n{body}\n" for name, body in rules.items())


def scattered(seed: int, count: int = 240) -> list[Event]:
    """Draw events in crowds that lie centuries apart."""
    draw = random.Random(seed)
    crowds = [parse_instant(f"{centre}T12:00:00Z") for centre in CENTRES]
    return [
        Event(
            draw.choice("abc"),
            min(max(draw.choice(crowds) + draw.randrange(-2, 11 * 24) * HOUR, MIN_INSTANT), MAX_INSTANT),
            kind=draw.choice(("asked", "told", "told", "stop")),
            timezone=draw.choice((None, None, "Asia/Tokyo", "Pacific/Apia")),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("seed", [1, 2])
def test_both_engines_agree_over_centuries(rule: str, seed: int) -> None:
    engine = Engine.of(policy({rule: RULES[rule]}))
    events = scattered(seed)
    online = engine.audit(events, engine="online")
    assert len(online.findings) > 10
    by_columns = engine.audit(events, engine="columnar")
    assert list(by_columns.findings) == list(online.findings)
    source = EventBlocks(tuple(events), block=7)
    summary, findings = columnar.audit(engine.plan, engine.plugins.channels, source, partitions=4, workers=1)
    assert list(Report(summary, findings).findings) == list(online.findings)


@pytest.mark.parametrize("outlier", ["0001-01-01T10:00:00Z", "1790-05-05T10:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("rule", sorted(RULES))
def test_one_row_far_away_looks_nothing_up_between(
    rule: str, outlier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    found = Zone._stretch

    def counted(zone: Zone, number: int) -> Any:
        asked.append(number)
        return found(zone, number)

    engine = Engine.of(policy({rule: RULES[rule]}, "America/Halifax"))
    near = parse_instant("2025-03-03T15:00:00Z")
    events = [Event("a", near + n * 7 * HOUR, kind=("told", "asked", "stop")[n % 3]) for n in range(60)]
    events.append(Event("b", parse_instant(outlier), kind="asked"))
    monkeypatch.setattr(Zone, "_stretch", counted)
    report = engine.audit(events, engine="columnar")
    assert report.summary.events == 61
    assert len(asked) < 16


def test_a_table_of_days_asks_for_the_days_that_there_are_when_they_are_far_apart() -> None:
    asked: list[int] = []

    def triple(day: int) -> int:
        asked.append(day)
        return 3 * day

    table = DayTable(triple)
    far = np.array([5, -2 * MOST_DAYS, 5, 900, MOST_DAYS, 5], np.int64)
    assert table(far).tolist() == (3 * far).tolist()
    assert sorted(asked) == [-2 * MOST_DAYS, 5, 900, MOST_DAYS]
    asked.clear()
    near = np.array([7, 3, 7], np.int64)
    assert table(near).tolist() == [21, 9, 21]
    assert asked == [3, 4, 5, 6, 7]
    assert table(np.array([4], np.int64)).tolist() == [12]
    assert len(asked) == 5


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize("text", ["3 calendar days", "2 business days", "1 month", "2 years"])
def test_what_has_passed_is_found_alike_in_short_and_in_long_logs(zone: str, text: str) -> None:
    """A long log is searched day by day; a short one has its deadlines in a table."""
    draw = random.Random(3)
    span, known = parse_span(text), find_zone(zone)
    zoned = Zoned(AuditTimes(), (known,))
    middle = parse_instant("2011-12-29T10:00:00Z")
    at = np.array([middle + draw.randrange(-900, 900) * HOUR for _ in range(80)], np.int64)
    rows = np.arange(len(at))
    short = zoned.passed_up_to(span, rows, at, middle - 4000 * DAY, middle + 4000 * DAY)
    long = zoned.passed_up_to(span, rows, at, middle - 4000 * DAY, middle + (MOST_DAYS + 4000) * DAY)
    assert long.tolist() == short.tolist()
    for instant, last in zip(at.tolist(), short.tolist(), strict=True):
        assert span.deadline(known, last) < instant <= span.deadline(known, last + 1)


def test_nothing_has_passed_at_the_beginning_and_all_at_the_end_of_a_long_log() -> None:
    span, zoned = parse_span("1 calendar day"), Zoned(AuditTimes(), (UTC,))
    low, high = MIN_INSTANT, MAX_INSTANT
    at = np.array([low, high], np.int64)
    first, last = zoned.passed_up_to(span, np.arange(2), at, low, high).tolist()
    assert first == low - 1
    assert last == parse_instant("9999-12-29T23:59:59Z") + 999_999


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "+05:30", "Africa/Casablanca"])
def test_zones_over_columns_are_the_zone_s_own(zone: str) -> None:
    draw = random.Random(5)
    known = find_zone(zone)
    times = ZoneTimes(known)
    for size in (1, 4, 60):
        instants = [draw.randrange(MIN_INSTANT + DAY, MAX_INSTANT - DAY) for _ in range(size)]
        instants += [parse_instant("2024-10-27T00:59:59Z") + draw.randrange(DAY) for _ in range(size)]
        column = np.array(instants, np.int64)
        assert times.walls(column).tolist() == [known.wall(at) for at in instants]
        assert times.local_days(column).tolist() == [known.local_day(at) for at in instants]
        assert times.run_ends(column).tolist() == [known.run(at).end for at in instants]


def test_stretches_are_those_that_occur() -> None:
    assert stretches_of(np.array([5 * STRETCH, 3 * STRETCH + 1], np.int64)) == [3, 4, 5]
    assert stretches_of(np.array([-40 * STRETCH, 70 * STRETCH - 1], np.int64)) == [-40, 69]
    runs = runs_in(find_zone("Europe/Berlin"), [10, 40])
    assert [run.start for run in runs if run.start % STRETCH == 0] == [10 * STRETCH, 40 * STRETCH]
    assert runs[-1].end == 41 * STRETCH
    assert longest_row([3]) == (3 * STRETCH, 4 * STRETCH)
    assert longest_row([-9, -8, 2, 3, 4, 9]) == (2 * STRETCH, 5 * STRETCH)
    assert longest_row([1, 2, 8]) == (1 * STRETCH, 3 * STRETCH)
