"""Records of Twilio: legs, directions, times, channels, and what is no Twilio log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import comity_telephony.plugin as plugin
import pytest
from comity_telephony.parties import OwnNumbers
from comity_telephony.twilio import recognises
from comity_telephony.twilio_rows import Legs, row_of
from hypothesis import given
from hypothesis import strategies as st

from comity import Engine, Event, Plugins
from comity.readers import LogFormat

ENGINE = Engine.of(
    {"comity": 1, "policy": {"id": "p", "title": "P", "version": "1"}, "rules": {}}, plugins=Plugins([plugin])
)
CALL = {
    "sid": "CA" + "1" * 32,
    "account_sid": "AC" + "0" * 32,
    "parent_call_sid": None,
    "from": "+12025550100",
    "to": "+13035550123",
    "status": "completed",
    "direction": "outbound-api",
    "start_time": "Tue, 27 Jan 2026 15:07:24 +0000",
    "date_created": "Tue, 27 Jan 2026 15:07:20 +0000",
    "answered_by": None,
}
MESSAGE = {
    "sid": "SM" + "1" * 32,
    "account_sid": "AC" + "0" * 32,
    "from": "+12025550100",
    "to": "+13035550123",
    "status": "delivered",
    "direction": "outbound-api",
    "date_sent": "Tue, 27 Jan 2026 15:07:24 +0000",
    "num_media": "0",
}


def read(path: Path, rows: Any, **options: Sequence[str]) -> tuple[list[Event], int]:
    file = path / "log.json"
    file.write_text(json.dumps(rows), "utf-8")
    log = ENGINE.log(file, input_format="twilio", options=options)
    found = [event for batch in log.batches() for event in batch]
    assert log.tally.rows_read == len(found) + log.tally.rows_rejected
    return found, log.tally.rows_rejected


def leg(number: int, **changes: Any) -> dict[str, Any]:
    return {**CALL, "sid": f"CA{number:032}", "parent_call_sid": CALL["sid"], **changes}


def test_a_call_that_we_pass_on_is_the_first_record(tmp_path: Path) -> None:
    inbound = {**CALL, "direction": "inbound", "from": CALL["to"], "to": CALL["from"]}
    rows = [leg(2, direction="outbound-dial", to="+12025550142"), inbound]
    found, _ = read(tmp_path, {"calls": rows})
    assert [(e.kind, e.direction, e.person) for e in found] == [
        ("call-leg", "none", "+12025550142"),
        ("call", "inbound", "+13035550123"),
    ]


def test_one_of_ours_who_is_put_through_leaves_the_call_to_the_person(tmp_path: Path) -> None:
    from_us = {**CALL, "direction": "inbound", "from": "client:desk", "to": CALL["from"]}
    rows = [from_us, leg(2, direction="outbound-dial")]
    found, _ = read(tmp_path, rows, me=["client:*"])
    assert [(e.kind, e.direction, e.person) for e in found] == [
        ("call-leg", "none", "client:desk"),
        ("call", "outbound", "+13035550123"),
    ]
    found, _ = read(tmp_path, rows)
    assert [(e.kind, e.direction) for e in found] == [("call", "inbound"), ("call-leg", "none")]
    found, _ = read(tmp_path, rows[:1], me=["client:*"])
    assert [e.kind for e in found] == ["call"]


def test_a_leg_whose_parent_is_not_in_the_log_is_a_call(tmp_path: Path) -> None:
    found, _ = read(tmp_path, [leg(2, direction="outbound-dial")])
    assert [(e.kind, e.direction) for e in found] == [("call", "outbound")]


@pytest.mark.parametrize(
    ("said", "direction", "person"),
    [
        ("inbound", "inbound", "+12025550100"),
        ("outbound-dial", "outbound", "+13035550123"),
        ("trunking-terminating", "outbound", "+13035550123"),
        ("trunking-originating", "inbound", "+12025550100"),
        (None, "inbound", "+12025550100"),
    ],
)
def test_directions(tmp_path: Path, said: str | None, direction: str, person: str) -> None:
    (event,), _ = read(tmp_path, [{**CALL, "direction": said}], me=["+13035550123"])
    assert (event.direction, event.person) == (direction, person)


def test_times(tmp_path: Path) -> None:
    noon = 1_769_526_444_000_000
    for text, at in (
        ("Tue, 27 Jan 2026 15:07:24 +0000", noon),
        ("Tue, 27 Jan 2026 15:07:24 -0000", noon),
        ("Tue, 27 Jan 2026 10:07:24 -0500", noon),
        ("2026-01-27T15:07:24Z", noon),
        (None, noon - 4_000_000),
        ("", noon - 4_000_000),
    ):
        (event,), _ = read(tmp_path, [{**CALL, "start_time": text}])
        assert event.at == at
    for bad in ("soon", "2026-13-45T00:00:00Z", 7, [1]):
        assert read(tmp_path, [{**CALL, "start_time": bad}]) == ([], 1)
    assert read(tmp_path, [{**CALL, "start_time": None, "date_created": None}]) == ([], 1)


@pytest.mark.parametrize(
    ("status", "said", "outcome"),
    [
        ("completed", None, "answered-unknown"),
        ("completed", "human", "conversation"),
        ("completed", "machine_start", "voicemail"),
        ("completed", "fax", "answered-unknown"),
        ("busy", "human", "unconnected"),
        ("failed", None, "unconnected"),
        ("canceled", None, "unconnected"),
        ("no-answer", None, "no-answer"),
        ("in-progress", None, "in-progress"),
        ("queued", None, "queued"),
    ],
)
def test_outcomes(tmp_path: Path, status: str, said: str | None, outcome: str) -> None:
    (event,), _ = read(tmp_path, [{**CALL, "status": status, "answered_by": said, "duration": "3600"}])
    assert event.outcome == outcome


@pytest.mark.parametrize(
    ("changes", "channel", "person"),
    [
        ({}, "sms", "+13035550123"),
        ({"num_media": 3}, "mms", "+13035550123"),
        ({"to": "whatsapp:+13035550123"}, "whatsapp", "+13035550123"),
        ({"from": "rcs:brand", "to": "+13035550123"}, "rcs", "+13035550123"),
        ({"from": "messenger:1", "to": "messenger:2"}, "messenger", "messenger:2"),
    ],
)
def test_channels_of_messages(tmp_path: Path, changes: dict[str, Any], channel: str, person: str) -> None:
    (event,), _ = read(tmp_path, {"messages": [{**MESSAGE, **changes}]})
    assert (event.kind, event.channel, event.person, event.outcome) == (
        "message",
        channel,
        person,
        "delivered",
    )


@pytest.mark.parametrize(
    ("body", "direction", "kind"),
    [
        ("STOP", "inbound", "opt-out"),
        (" Stop. ", "inbound", "opt-out"),
        ("Unsubscribe", "inbound", "opt-out"),
        ("start", "inbound", "opt-in"),
        ("YES", "inbound", "message"),
        ("stop by tomorrow", "inbound", "message"),
        ("STOP", "outbound-api", "message"),
        (None, "inbound", "message"),
    ],
)
def test_words_that_stop_messages(tmp_path: Path, body: str | None, direction: str, kind: str) -> None:
    (event,), _ = read(tmp_path, [{**MESSAGE, "body": body, "direction": direction}])
    assert event.kind == kind


def test_the_list_says_what_its_records_are(tmp_path: Path) -> None:
    bare = {"sid": "x", "from": "+12025550100", "to": "+13035550123", "date_created": CALL["date_created"]}
    found, _ = read(tmp_path, {"calls": [bare], "messages": [bare]})
    assert [event.kind for event in found] == ["call", "message"]


def test_what_is_no_log_of_twilio_is_not_taken_for_one() -> None:
    page = {"first_page_uri": "/Calls.json", "page": 0, "calls": [CALL]}
    rows: Any
    for rows in ([CALL], [MESSAGE], page, {"messages": [MESSAGE]}):
        assert recognises(json.dumps(rows).encode())
        assert recognises(json.dumps(rows, indent=2).encode())
    for rows in (
        CALL,
        [{"payload": CALL}],
        {"events": [CALL]},
        [{**CALL, "sid": "CA12345"}],
        [{"sid": CALL["sid"]}],
        {"calls": []},
        [],
    ):
        assert not recognises(json.dumps(rows).encode())
    assert not recognises(b"[" * 50_000)
    assert not recognises(json.dumps([CALL]).encode()[:200])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40), st.lists, max_leaves=3
)


@given(st.dictionaries(st.sampled_from([*CALL, *MESSAGE, "matter", "person"]), JSON))
def test_no_record_is_worse_than_a_bad_row(row: dict[str, Any]) -> None:
    own = OwnNumbers(LogFormat(options={"me": ("2*",), "region": ("US",)}))
    made = row_of(row, "", own, Legs([row], own))
    assert made if isinstance(made, str) else made["at"]
