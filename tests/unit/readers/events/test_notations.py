"""Attributes in the notation of the log, and numbers that no float holds."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity import Engine, Event, History, PolicyError, UsageError
from comity.audits.backends import BackEnd
from comity.events.values import Scalar
from comity.readers import FieldRule, Mapping, load_mapping
from comity.readers.events.notations import reading_of

POLICY = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
timezone = "UTC"
[attributes]
score = "number"
vip = "boolean"
until = "instant"
[rules.high]
kind = "forbidden"
contact = { score = { at-least = 1000 } }
[rules.vip]
kind = "forbidden"
contact = { vip = true }
[rules.dated]
kind = "forbidden"
contact = { until = { exists = true } }
"""
BACK_ENDS: tuple[BackEnd, ...] = ("online", "columnar")


@pytest.mark.parametrize(
    ("decimal", "thousands", "written", "read"),
    [
        (",", ".", "1.234,5", "1234.5"),
        (",", ".", "-12.345.678", "-12345678"),
        (",", ".", "1234,5", "1234.5"),
        (",", None, "0,5", "0.5"),
        (",", None, ",5", ".5"),
        (None, ",", "1,234.5", "1234.5"),
        (None, ",", "12,34,567", "1234567"),
        (",", " ", "1\u202f234\u00a0567,8", "1234567.8"),
        (".", "'", "1\u2019234.5", "1234.5"),
        (",", None, "\u22121,5e3", "-1.5e3"),
        (",", ".", 12.5, 12.5),
    ],
)
def test_numbers_read_in_the_notation_that_is_given(
    decimal: str | None, thousands: str | None, written: Scalar, read: Scalar
) -> None:
    reading = reading_of(FieldRule("score", decimal=decimal, thousands=thousands))
    assert reading is not None
    assert reading(written) == read


@pytest.mark.parametrize(
    "written", ["1.5", "1.23,4", "1,2,3", "1.2345", ".123", "1234.567", "12.34.56", "five", "1,5 EUR"]
)
def test_a_number_in_another_notation_does_not_read(written: str) -> None:
    reading = reading_of(FieldRule("score", decimal=",", thousands="."))
    assert reading is not None
    assert reading(written) == f"{written} (expected: decimal sign ,, thousands '.')"


@pytest.mark.parametrize(
    ("format", "written", "read"),
    [
        ("unix", "1740819600", "2025-03-01T09:00:00Z"),
        ("unix", 1740819600, "2025-03-01T09:00:00Z"),
        ("unix", 1740819600.5, "2025-03-01T09:00:00.500000Z"),
        ("unix-ms", "1740819600000", "2025-03-01T09:00:00Z"),
        ("unix-us", 1740819600000000, "2025-03-01T09:00:00Z"),
        ("unix", "1e999999999", "1e999999999"),
        ("unix", "soon", "soon"),
        ("unix", True, True),
        ("unix", "1_740_819_600", "1_740_819_600"),
        ("unix", "9" * 30, "9" * 30),
    ],
)
def test_instants_count_in_the_unit_that_is_given(format: str, written: Scalar, read: Scalar) -> None:
    reading = reading_of(FieldRule("until", format=format))
    assert reading is not None
    assert reading(written) == read


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('score = { column = "s", decimal = "," , thousands = "," }', "`,` cannot be both signs"),
        ('score = { column = "s", thousands = "." }', "`.` cannot be both signs"),
        ('score = { column = "s", decimal = ",," }', "`,,` is not one character that can stand there"),
        ('score = { column = "s", decimal = "5" }', "`5` is not one character that can stand there"),
        ('score = { column = "s", decimal = " " }', "` ` is not one character that can stand there"),
        ('score = { column = "s", thousands = "-" }', "`-` is not one character that can stand there"),
        ('score = { value = 5, decimal = "," }', "`decimal` goes with a `column` of numbers alone"),
        ('actor = { column = "s", decimal = "," }', "`decimal` goes with attributes only"),
        ('until = { column = "s", format = "%d.%m.%Y" }', "`%d.%m.%Y` is not a format of an attribute"),
        ('kind = { column = "s", format = "unix" }', "`format` goes with the field `at` only"),
        ('topics = { value = "a;b", split = ";" }', "`split` goes with a `column` of texts alone"),
        ('topics = { column = "s", split = "" }', "the separator is empty"),
        ('score = { column = "s", split = ";", decimal = "," }', "`decimal` does not go with `split`"),
        ('until = { column = "s", split = ";", format = "unix" }', "`format` does not go with `split`"),
        ('kind = { column = "s", split = ";" }', "`split` goes with `matter` and with attributes only"),
        (
            'topics = { column = "s", split = ";", values = { a = 1 } }',
            "`1` is not text, and `split` gives texts",
        ),
    ],
)
def test_faults_of_a_notation_have_a_place(tmp_path: Path, rule: str, message: str) -> None:
    (tmp_path / "m.toml").write_text(f"comity = 1\n[fields]\n{rule}\n", "utf-8")
    with pytest.raises(PolicyError) as caught:
        load_mapping(tmp_path / "m.toml")
    (problem,) = caught.value.problems
    assert (problem.message, problem.place.line) == (message, 3)


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_every_reader_reads_them_alike(tmp_path: Path, back_end: BackEnd) -> None:
    scores = ["1.000", "999,9", "1000", "1.5"]
    ends = ["1740819600", "", "soon", "1740819600"]
    vips = ["Yes", "no", "1", "maybe"]
    at = "2025-03-01T09:00:00Z"
    rows = [
        {"person": "a", "at": at, "s": s, "u": u, "vip": v}
        for s, u, v in zip(scores, ends, vips, strict=True)
    ]
    (tmp_path / "log.csv").write_text(
        "person;at;s;u;vip\n" + "".join(";".join(row.values()) + "\n" for row in rows), "utf-8"
    )
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "log.parquet")
    mapping = Mapping(
        1,
        fields={
            "score": FieldRule("s", decimal=",", thousands="."),
            "until": FieldRule("u", format="unix"),
        },
    )
    engine = Engine.of(POLICY)
    for name in ("log.csv", "log.jsonl", "log.parquet"):
        report = engine.audit(engine.log(tmp_path / name, mapping=mapping), engine=back_end)
        found = {(finding.rule, finding.event) for finding in report.findings}
        assert found == {
            ("high", "#1"),
            ("high", "#3"),
            ("vip", "#1"),
            ("vip", "#3"),
            ("dated", "#1"),
            ("dated", "#4"),
        }
        assert report.summary.unreadable == {"p/score": 1, "p/until": 1, "p/vip": 1}
        assert report.summary.by_rule["p/high"].unreadable == {"score": 1}


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400, "9" * 5000])
def test_a_number_that_no_float_holds_does_not_read(tmp_path: Path, back_end: BackEnd, number: str) -> None:
    at = "2025-03-01T09:00:00Z"
    (tmp_path / "log.jsonl").write_text(f'{{"person": "a", "at": "{at}", "score": {number}}}\n', "utf-8")
    (tmp_path / "log.csv").write_text(f"person,at,score\na,{at},{number}\n", "utf-8")
    engine = Engine.of(POLICY)
    for name in ("log.jsonl", "log.csv"):
        summary = engine.audit(tmp_path / name, engine=back_end).summary
        rejected = summary.rows_rejected
        assert rejected == (name == "log.jsonl" and len(number) == 5000)
        assert summary.unreadable == ({} if rejected else {"p/score": 1})


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_columns_of_numbers_hold_booleans_and_instants(back_end: BackEnd) -> None:
    table = pa.table(
        {
            "person": ["a", "a", "a"],
            "at": ["2025-03-01T09:00:00Z"] * 3,
            "vip": pa.array([1, 0, None], pa.int8()),
            "until": pa.array([1_740_819_600_000_000, None, 1_740_819_600], pa.int64()),
            "score": pa.array([10**37, 5, 1], pa.decimal128(38, 0)),
        }
    )
    report = Engine.of(POLICY).audit(table, engine=back_end)
    assert {(finding.rule, finding.event) for finding in report.findings} == {
        ("vip", "#1"),
        ("dated", "#1"),
        ("high", "#1"),
    }
    assert report.summary.unreadable == {"p/until": 1}


SEVERAL = """comity = 1
policy = { id = "p", title = "P", version = "1" }
attributes = { topics = "texts" }
[rules.either]
kind = "forbidden"
contact = { topics = ["cards", "loans"] }
[rules.both]
kind = "forbidden"
contact = { topics = { all-of = ["cards", "loans"] } }
[rules.without]
kind = "forbidden"
contact = { topics = { exists = false } }
"""
TOPICS = ["loans; cards", "cards", "", " ; ", "rates;loan", "4;cards"]
FOUND = {("either", n) for n in ("#1", "#2", "#6")} | {("both", "#1"), ("both", "#6")}
FOUND |= {("without", "#3"), ("without", "#4")}


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_a_text_is_parted_into_several(tmp_path: Path, back_end: BackEnd) -> None:
    at = "2025-03-01T09:00:00Z"
    rows = [{"person": "a", "at": at, "about": about} for about in TOPICS]
    lines = (f"a,{at},{about}\n" for about in TOPICS)
    (tmp_path / "log.csv").write_text("person,at,about\n" + "".join(lines), "utf-8")
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "log.parquet")
    lists = [{**row, "about": [part.strip() for part in row["about"].split(";")]} for row in rows]
    (tmp_path / "lists.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lists), "utf-8")
    pq.write_table(pa.Table.from_pylist(lists), tmp_path / "lists.parquet")
    (tmp_path / "m.toml").write_text(
        'comity = 1\n[fields]\ntopics = { column = "about", split = ";", values = { 4 = "loans" } }\n'
    )
    engine = Engine.of(SEVERAL)
    mapping = load_mapping(tmp_path / "m.toml")
    for name in ("log.csv", "log.jsonl", "log.parquet", "lists.jsonl", "lists.parquet"):
        report = engine.audit(engine.log(tmp_path / name, mapping=mapping), engine=back_end)
        assert {(finding.rule, finding.event) for finding in report.findings} == FOUND, name
        assert not report.summary.unreadable


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_lists_need_no_mapping_and_what_is_none_does_not_read(tmp_path: Path, back_end: BackEnd) -> None:
    at = "2025-03-01T09:00:00Z"
    lists = [["loans", "cards"], ["cards", 3], [], None, "loans", [["loans"]], {"loans": 1}, ["x", None]]
    (tmp_path / "log.jsonl").write_text(
        "".join(json.dumps({"person": "a", "at": at, "topics": each}) + "\n" for each in lists), "utf-8"
    )
    engine = Engine.of(SEVERAL)
    report = engine.audit(engine.log(tmp_path / "log.jsonl"), engine=back_end)
    assert {(finding.rule, finding.event) for finding in report.findings} == {
        ("either", "#1"),
        ("both", "#1"),
        ("either", "#5"),
        *(("without", f"#{number}") for number in (2, 3, 4, 6, 7, 8)),
    }
    assert report.summary.unreadable == {"p/topics": 4}
    (notice,) = [each for each in report.notices if each.code == "unreadable-values" and each.rule is None]
    assert notice.example == '`["cards",3]`'


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_without_a_separator_a_text_is_one_value_and_that_is_told(tmp_path: Path, back_end: BackEnd) -> None:
    texts = [
        "loans;cards",
        "cards",
        "rates|bonds",
        "loans;cards",
        '"[""a;b""]"',
        "cards etc",
        '"savings, all"',
    ]
    lines = [f"a,2025-03-01T09:00:00Z,{text}\n" for text in texts]
    (tmp_path / "log.csv").write_text("person,at,topics\n" + "".join(lines), "utf-8")
    engine = Engine.of(SEVERAL + '[rules.savings]\nkind = "forbidden"\ncontact.topics = "savings, all"\n')
    report = engine.audit(engine.log(tmp_path / "log.csv"), engine=back_end)
    assert [(found.rule, found.event) for found in report.findings] == [("either", "#2"), ("savings", "#7")]
    [notice] = [each for each in report.notices if each.code == "unparted-texts"]
    assert (notice.count, notice.example) == (3, "`loans;cards`")
    assert 'topics = { column = "topics", split = ";" }' in (notice.help or "")


def test_a_decision_and_a_monitor_tell_of_texts_that_are_not_parted() -> None:
    engine = Engine.of(SEVERAL)
    at, later = "2025-03-01T09:00:00Z", "2025-03-02T09:00:00Z"
    for topics, told in (("loans|cards", ["`loans|cards`"]), ("loans", []), (["loans;cards"], [])):
        event = Event.of({"person": "a", "at": at, "topics": topics})
        asked = engine.decide([], event).notices
        assert [notice.example for notice in asked if notice.code == "unparted-texts"] == told
        monitor = engine.monitor()
        monitor.feed(event)
        for each in (monitor, engine.restore(monitor.snapshot())):
            notices = each.decide(Event.of({"person": "a", "at": later})).notices
            assert [notice.example for notice in notices if notice.code == "unparted-texts"] == told
        for history in ([event], History([event])):
            notices = engine.decide(history, Event.of({"person": "a", "at": later})).notices
            assert [notice.example for notice in notices if notice.code == "unparted-texts"] == told


@pytest.mark.parametrize(
    ("attributes", "rule", "refused"),
    [
        ('topics = "texts"', 'contact = { topics = "loans" }', False),
        ('topics = "text"', 'contact = { topics = "loans" }', True),
        ('topics = "text"', 'contact = { kind = "a", not = { topics = { exists = true } } }', True),
        ('topics = "text"', 'contact = {}\nper = ["topics"]', True),
        ('topics = "number"', "contact = { topics = { at-least = 2 } }", True),
        ('topics = "text"', "contact = {}", False),
    ],
)
def test_what_is_read_as_one_value_cannot_be_parted(
    tmp_path: Path, attributes: str, rule: str, refused: bool
) -> None:
    head = 'comity = 1\npolicy = { id = "p", title = "P", version = "1" }\n[attributes]\n'
    engine = Engine.of(f'{head}{attributes}\n[rules.r]\nkind = "forbidden"\n{rule}\n')
    (tmp_path / "log.csv").write_text("person,at,topics\na,2025-03-01T09:00:00Z,loans;cards\n", "utf-8")
    (tmp_path / "m.toml").write_text(
        'comity = 1\n[fields]\ntopics = { column = "topics", split = ";" }\n', "utf-8"
    )
    mapping = load_mapping(tmp_path / "m.toml")
    if not refused:
        assert engine.audit(engine.log(tmp_path / "log.csv", mapping=mapping)).summary.events == 1
        return
    with pytest.raises(UsageError, match=r'the rule `p/r` reads it as one value: .* topics = "texts"'):
        engine.log(tmp_path / "log.csv", mapping=mapping)
