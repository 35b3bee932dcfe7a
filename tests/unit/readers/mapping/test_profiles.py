from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity import Engine, Event, Plugins

LOGS = {
    "salesforce-task": (
        "Id,WhoId,WhatId,OwnerId,Subject,Status,TaskSubtype,CallType,CallDisposition,CompletedDateTime\n"
        "00T1,0031,5001,0051,Hello,Completed,Call,Outbound,No answer,2026-01-27T15:07:24.000Z\n"
        "00T2,0031,,0051,Hello,Completed,Email,,,2026-01-28T15:07:24.000+0000\n"
        "00T3,0031,,0051,Later,Not Started,Call,Outbound,,\n"
    ),
    "hubspot-call": (
        "hs_object_id,hs_call_callee_object_id,hs_timestamp,hs_call_direction,hs_call_disposition,"
        "hs_call_duration,hubspot_owner_id\n"
        "1,42,2026-01-27T15:07:24.000Z,OUTBOUND,b2cf5968-551e-4856-9783-52b3da59a7d0,3000,7\n"
        "2,42,2026-01-28T15:07:24.000Z,INBOUND,our-own,9000,7\n"
    ),
    "hubspot-email": (
        "hs_object_id,contact,hs_timestamp,hs_email_direction,hs_email_status,hs_email_subject,hubspot_owner_id\n"
        "1,42,2026-01-27T15:07:24.000Z,EMAIL,SENT,Hello,7\n"
        "2,42,2026-01-28T15:07:24.000Z,INCOMING_EMAIL,,Re: Hello,7\n"
    ),
}
POLICY = {
    "comity": 1,
    "policy": {"id": "p", "title": "P", "version": "1"},
    "rules": {"none": {"kind": "forbidden", "contact": {"kind": "nothing"}}},
}


def read(name: str, path: Path) -> list[Event]:
    path.write_text(LOGS[name].replace("contact", "person"), "utf-8")
    log = Engine.of(POLICY).log(path, mapping=name)
    return [event for batch in log.batches() for event in batch]


def test_every_profile_that_is_built_in_has_a_log_here() -> None:
    assert set(Plugins().mappings) == set(LOGS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("salesforce-task", [("0031", "call", "phone", "outbound", "No answer", ("5001",))]),
        ("salesforce-task", [..., ("0031", "email", "email", "outbound", None, ())]),
        ("hubspot-call", [("42", "call", "phone", "outbound", "voicemail", ())]),
        ("hubspot-call", [..., ("42", "call", "phone", "inbound", "our-own", ())]),
        ("hubspot-email", [("42", "email", "email", "outbound", "sent", ())]),
        ("hubspot-email", [..., ("42", "email", "email", "inbound", None, ())]),
    ],
)
def test_rows_become_events(name: str, expected: list[Any], tmp_path: Path) -> None:
    events = read(name, tmp_path / "log.csv")
    assert len(events) == 2
    found = events[len(expected) - 1]
    told = (found.person, found.kind, found.channel, found.direction, found.outcome, found.matter)
    assert told == expected[-1]
