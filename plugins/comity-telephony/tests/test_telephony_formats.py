"""What the three formats called Master.csv have in common, what tells them apart, and their traps."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import comity_telephony.plugin as plugin
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity import Engine, Event, InputError, Plugins, UsageError
from comity.readers import Log

READERS = {reader.name: reader for reader in plugin.comity_readers()}
FORMATS = ("asterisk-cdr", "asterisk-cdr-custom", "freeswitch-cdr")
ENGINE = Engine.of(
    {
        "comity": 1,
        "policy": {"id": "p", "title": "P", "version": "1", "timezone": "UTC"},
        "attributes": {"hangup_cause": "text", "disposition": "text", "asterisk-channel": "text"},
        "rules": {
            "none": {"kind": "forbidden", "contact": {"kind": "call", "disposition": "ANSWERED"}},
            "busy": {"kind": "forbidden", "contact": {"hangup_cause": "USER_BUSY"}},
            "line": {"kind": "forbidden", "contact": {"asterisk-channel": {"like": "SIP/200-*"}}},
        },
    },
    plugins=Plugins([plugin]),
)
SIXTEEN = [
    *("", "200", "+13035550123", "ctx", '"Desk" <200>', "SIP/200-1", "SIP/trunk-2", "Dial", "SIP/trunk"),
    *("2026-01-27 15:07:24", "2026-01-27 15:07:30", "2026-01-27 15:07:51"),
    *("27", "21", "ANSWERED", "DOCUMENTATION"),
]
UNIQUE = "1769526444.0"
NEWER = ["", "1769526440.0", "7"]


def line(*cells: str) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(cells)
    return text.getvalue()


def log_of(path: Path, text: str | bytes, name: str | None = None, **options: Sequence[str]) -> Log:
    file = path / "Master.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ENGINE.log(file, timezone="UTC", input_format=name, options=options)


def events(path: Path, text: str | bytes, name: str | None = None, **options: Sequence[str]) -> list[Event]:
    return [event for batch in log_of(path, text, name, **options).batches() for event in batch]


def rejected(path: Path, text: str | bytes, name: str) -> list[str]:
    log = log_of(path, text, name)
    report = ENGINE.audit(log, engine="online")
    summary = report.summary
    assert summary.rows_read == summary.events + summary.rows_rejected
    stream: Any = io.BufferedReader(io.BytesIO(text if isinstance(text, bytes) else text.encode()))
    return [
        row.reason for batch in READERS[name].read(stream, log.mapping.log, None) for row in batch.rejected
    ]


@pytest.mark.parametrize(
    ("further", "identity", "outcome"),
    [
        ([], None, "answered-unknown"),
        ([UNIQUE], UNIQUE, "answered-unknown"),
        ([f"pbx.example.org-{UNIQUE}"], f"pbx.example.org-{UNIQUE}", "answered-unknown"),
        (["human"], None, "conversation"),
        (["12.50"], None, "answered-unknown"),
        ([UNIQUE, "machine"], UNIQUE, "voicemail"),
        (NEWER, "1769526440.0/7", "answered-unknown"),
        ([UNIQUE, *NEWER], f"{UNIQUE}/7", "answered-unknown"),
        (["human", *NEWER], "1769526440.0/7", "conversation"),
        ([UNIQUE, "", *NEWER], f"{UNIQUE}/7", "answered-unknown"),
    ],
)
def test_the_columns_that_three_settings_add(
    tmp_path: Path, further: list[str], identity: str | None, outcome: str
) -> None:
    (event,) = events(tmp_path, line(*SIXTEEN, *further))
    assert (event.id, event.outcome, event.person) == (identity, outcome, "+13035550123")


def test_columns_are_attributes_by_their_names(tmp_path: Path) -> None:
    log = log_of(tmp_path, line(*SIXTEEN, UNIQUE, "note"))
    for engine in ("online", "columnar"):
        back_end: Any = engine
        report = ENGINE.audit(log, engine=back_end)
        assert [finding.rule for finding in report.findings] == ["line", "none"]
    free = (Path(__file__).parent / "data" / "freeswitch.csv").read_bytes()
    assert [f.rule for f in ENGINE.audit(log_of(tmp_path, free)).findings] == ["busy"]


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("ANSWERED", "answered-unknown"),
        ("NO ANSWER", "no-answer"),
        ("BUSY", "unconnected"),
        ("FAILED", "unconnected"),
        ("CONGESTION", "unconnected"),
        ("UNKNOWN", "unknown"),
        ("Call Parked", "call-parked"),
    ],
)
def test_dispositions_and_words_that_are_not_known(tmp_path: Path, word: str, outcome: str) -> None:
    cells = [*SIXTEEN]
    cells[14], cells[13] = word, "4000"
    (event,) = events(tmp_path, line(*cells), "asterisk-cdr")
    assert event.outcome == outcome


@pytest.mark.parametrize(
    ("cause", "answered", "outcome"),
    [
        ("NORMAL_CLEARING", True, "answered-unknown"),
        ("NORMAL_CLEARING", False, "no-answer"),
        ("NO_ANSWER", False, "no-answer"),
        ("USER_BUSY", False, "unconnected"),
        ("UNALLOCATED_NUMBER", False, "unconnected"),
        ("ORIGINATOR_CANCEL", False, "originator-cancel"),
    ],
)
def test_hangup_causes(tmp_path: Path, cause: str, answered: bool, outcome: str) -> None:
    when = "2026-01-27 15:07:30" if answered else ""
    cells = ["Desk", "1000", "+13035550123", "default", "2026-01-27 15:07:24", when, "2026-01-27 15:17:24"]
    uuid = "6d7c3a52-0000-4000-8000-000000000001"
    (event,) = events(tmp_path, line(*cells, "600", "594", cause, uuid, "", "", "PCMU", "PCMU"))
    assert (event.outcome, event.id) == (outcome, uuid)


def test_a_last_line_that_is_being_written_hides_no_format(tmp_path: Path) -> None:
    log = log_of(tmp_path, line(*SIXTEEN) * 3 + line(*SIXTEEN)[:70])
    assert len([event for batch in log.batches() for event in batch]) == 3
    assert (log.tally.rows_read, log.tally.rows_rejected) == (4, 1)


def test_a_name_may_hold_the_end_of_a_line_and_a_stray_quote_takes_no_row(tmp_path: Path) -> None:
    cells = [*SIXTEEN]
    cells[4] = '"De\nsk" <200>'
    two = line(*cells) + line(*SIXTEEN)
    assert [event.attributes["disposition"] for event in events(tmp_path, two)] == ["ANSWERED"] * 2
    stray = line(*SIXTEEN) + '"","200\n' + line(*SIXTEEN) * 9
    assert len(events(tmp_path, stray, "asterisk-cdr")) == 10
    assert rejected(tmp_path, stray, "asterisk-cdr") == ["a quote is never closed"]


def test_a_row_of_another_format_says_what_is_wrong(tmp_path: Path) -> None:
    data = Path(__file__).parent / "data"
    for name, reason in (
        ("freeswitch-cdr", "it has 16 columns: `freeswitch-cdr` has 15"),
        ("asterisk-cdr-custom", "it has 16 columns: `asterisk-cdr-custom` has 18 or 19"),
    ):
        assert rejected(tmp_path, line(*SIXTEEN), name) == [reason]
    (first, *_) = rejected(tmp_path, (data / "asterisk-custom.csv").read_bytes(), "asterisk-cdr")
    assert first.startswith("`duration` is `") or first.startswith("`start` is `") or "time such as" in first
    cells = [*SIXTEEN]
    cells[9] = ""
    assert rejected(tmp_path, line(*cells), "asterisk-cdr") == [
        "`start` is empty: `asterisk-cdr` has a time such as `2026-01-27 15:07:24` there"
    ]


def test_records_of_one_call_to_the_same_number_are_legs_and_to_another_are_not(tmp_path: Path) -> None:
    other = [*SIXTEEN]
    other[2] = "+13035550124"
    text = line(*SIXTEEN, UNIQUE) * 2 + line(*other, UNIQUE)
    assert [(e.person, e.kind, e.direction) for e in events(tmp_path, text)] == [
        ("+13035550123", "call", "outbound"),
        ("+13035550123", "call-leg", "none"),
        ("+13035550124", "call", "outbound"),
    ]


@pytest.mark.parametrize(
    ("caller", "called", "person", "direction"),
    [
        ("200", "+13035550123", "+13035550123", "outbound"),
        ("+13035550123", "200", "+13035550123", "inbound"),
        ("+13035550123", "s", "+13035550123", "inbound"),
        ("200", "201", "201", "none"),
        ("200", "*97", "*97", "none"),
        ("200", "*6713035550123", "*6713035550123", "outbound"),
        ("+13035550123", "+13035550124", "+13035550124", "none"),
    ],
)
def test_who_is_the_person(tmp_path: Path, caller: str, called: str, person: str, direction: str) -> None:
    cells = [*SIXTEEN]
    cells[1:3] = caller, called
    (event,) = events(tmp_path, line(*cells), me=["2??", "+12025550100"])
    assert (event.person, event.direction) == (person, direction)


def test_a_region_gives_numbers_their_country_and_extensions_stay(tmp_path: Path) -> None:
    cells = [*SIXTEEN]
    cells[1:3] = "1000", "030 2345678"
    (event,) = events(tmp_path, line(*cells), region=["de"])
    assert (event.actor, event.person) == ("1000", "+49302345678")
    with pytest.raises(UsageError, match="the region `UK` is not a country"):
        events(tmp_path, line(*cells), region=["UK"])


def test_a_hidden_caller_is_rejected_and_not_lost(tmp_path: Path) -> None:
    cells = [*SIXTEEN]
    cells[1:3] = "", "200"
    log = log_of(tmp_path, line(*cells), me=["200"])
    assert not [event for batch in log.batches() for event in batch]
    assert (log.tally.rows_read, log.tally.rows_rejected) == (1, 1)


WORDS = st.sampled_from(
    [
        *("", "200", "x", "27", "ANSWERED", "NO ANSWER", "BUSY", "DOCUMENTATION", "3", "NORMAL_CLEARING"),
        *("2026-01-27 15:07:24", "2026-01-27 15:07:51", UNIQUE, "6d7c3a52-0000-4000-8000-000000000001"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), WORDS), max_size=8), st.sampled_from(range(15, 22)))
def test_no_row_is_of_two_formats(changes: list[tuple[int, str]], count: int) -> None:
    for shift in (0, 1):
        cells = ([*SIXTEEN, UNIQUE, "", *NEWER][shift:] + [""] * 3)[:count]
        for place, word in changes:
            if place < len(cells):
                cells[place] = word
        head = line(*cells).encode()
        claiming = [r.name for r in READERS.values() if r.recognises is not None and r.recognises(head)]
        assert len(claiming) <= 1


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    octets=st.one_of(st.binary(max_size=400), st.text('",\n\r[]{}: 0a\ud7ff', max_size=200).map(str.encode))
)
def test_whatever_is_read_is_accounted_for(tmp_path: Path, name: str, octets: bytes) -> None:
    log = log_of(tmp_path, octets, name)
    count = 0
    # What is no JSON at all, or begins like a compressed file, has no rows to account for.
    with suppress(InputError):
        count = sum(len(batch) for batch in log.batches())
    assert log.tally.rows_read == count + log.tally.rows_rejected
    assert all(not reader.recognises(octets) for reader in READERS.values() if reader.recognises)
