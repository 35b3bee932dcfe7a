"""Call logs, numbers and zones, as a user of the command line and of the engine meets them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import comity_telephony.plugin as plugin
import pytest

from comity import Engine, Event, EventError, Plugins, UsageError
from comity.readers import Reader
from comity.testing import check_reader, plugin_of

DATA = Path(__file__).parent / "data"
PLUGINS = Plugins([plugin])
READERS = {reader.name: reader for reader in plugin.comity_readers()}
POLICY = {
    "comity": 1,
    "policy": {"id": "p", "title": "P", "version": "1", "timezone": "UTC"},
    "rules": {
        "hours": {
            "kind": "contact-hours",
            "contact": {"kind": "call"},
            "allow": [{"from": "08:00", "to": "21:00"}],
        }
    },
}
LOGS = {
    "asterisk-cdr": ("asterisk.csv", 4, 0),
    "asterisk-cdr-custom": ("asterisk-custom.csv", 2, 0),
    "freeswitch-cdr": ("freeswitch.csv", 3, 0),
    "twilio": ("twilio-calls.json", 5, 0),
}


def events(name: str, *me: str, region: str | None = None, input_format: str | None = None) -> list[Event]:
    options: dict[str, Sequence[str]] = {"me": me} if me else {}
    if region is not None:
        options["region"] = [region]
    engine = Engine.of(POLICY, plugins=PLUGINS)
    log = engine.log(DATA / name, timezone="UTC", options=options, input_format=input_format)
    return [event for batch in log.batches() for event in batch]


def told(event: Event) -> tuple[Any, ...]:
    return event.person, event.actor, event.kind, event.channel, event.direction, event.outcome


@pytest.mark.parametrize("name", LOGS)
def test_every_row_is_accounted_for(name: str) -> None:
    file, rows, rejected = LOGS[name]
    check_reader(READERS[name], (DATA / file).read_bytes(), rows, rejected=rejected, spoil=150)
    check_reader(READERS[name], (DATA / file).read_bytes(), rows, options={"me": ["+12025550100"]}, spoil=10)


def test_messages_are_accounted_for() -> None:
    check_reader(READERS["twilio"], (DATA / "twilio-messages.json").read_bytes(), 5, rejected=2)


@pytest.mark.parametrize("name", LOGS)
def test_a_format_is_recognised_and_never_taken_for_another(name: str) -> None:
    octets = (DATA / LOGS[name][0]).read_bytes()
    claiming = [reader.name for reader in READERS.values() if reader.recognises and reader.recognises(octets)]
    assert claiming == [name]


def test_a_master_csv_of_two_formats_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_bytes((DATA / "asterisk.csv").read_bytes() + (DATA / "freeswitch.csv").read_bytes())
    engine = Engine.of(POLICY, plugins=PLUGINS)
    log = engine.log(path, timezone="UTC", input_format="asterisk-cdr")
    found = [event for batch in log.batches() for event in batch]
    assert (len(found), log.tally.rows_read, log.tally.rows_rejected) == (4, 7, 3)

    def anything(head: bytes) -> bool:
        return True

    def read(*given: Any) -> Any:
        return iter(())

    other = Reader("other", (), read, recognises=anything)
    both = Engine.of(POLICY, plugins=Plugins([plugin, plugin_of(readers=[other])]))
    with pytest.raises(UsageError, match="could be of the formats `asterisk-cdr` and `other`: state it with"):
        list(both.log(DATA / "asterisk.csv", timezone="UTC").batches())


def test_an_asterisk_log_of_calls_to_and_from_us() -> None:
    found = events("asterisk.csv", "+12025550100")
    assert [told(event) for event in found] == [
        ("+13035550123", "+12025550100", "call", "phone", "outbound", "answered-unknown"),
        ("+13035550123", "+12025550100", "call", "phone", "outbound", "no-answer"),
        ("+13035550123", "+12025550100", "call", "phone", "outbound", "conversation"),
        ("+13035550123", "+12025550100", "call", "phone", "inbound", "unconnected"),
    ]
    assert found[0].id == "1769526444.0"


def test_further_records_of_a_call_are_legs(tmp_path: Path) -> None:
    one = (DATA / "asterisk.csv").read_bytes().splitlines(keepends=True)[1]
    path = tmp_path / "Master.csv"
    path.write_bytes(
        one + one.replace(b"NO ANSWER", b"ANSWERED") + one.replace(b"1769530044.2", b"1769530044.9")
    )
    log = Engine.of(POLICY, plugins=PLUGINS).log(path, timezone="UTC")
    found = [event for batch in log.batches() for event in batch]
    assert [(event.kind, event.direction) for event in found] == [
        ("call", "outbound"),
        ("call-leg", "none"),
        ("call", "outbound"),
    ]


def test_without_our_numbers_the_caller_acts() -> None:
    found = events("asterisk.csv")
    assert (found[3].person, found[3].actor, found[3].direction) == (
        "+12025550100",
        "+13035550123",
        "outbound",
    )


def test_a_long_call_is_no_conversation_and_said_words_are() -> None:
    assert [event.outcome for event in events("asterisk-custom.csv", "2??")] == ["voicemail", "unconnected"]
    assert [event.outcome for event in events("freeswitch.csv", "1000")] == [
        "answered-unknown",
        "no-answer",
        "unconnected",
    ]
    outcomes = [event.outcome for event in events("twilio-calls.json")]
    assert outcomes == ["answered-unknown", "answered-unknown", "voicemail", "conversation", "unconnected"]


def test_numbers_without_a_country_need_a_region() -> None:
    assert events("freeswitch.csv", "1000")[0].person == "13035550123"
    found = events("freeswitch.csv", "1000", region="US")[0]
    assert (found.person, found.attributes["number"]) == ("+13035550123", "+13035550123")


def test_twilio_says_directions_and_legs_are_no_calls_of_their_own() -> None:
    found = events("twilio-calls.json")
    assert [(event.kind, event.direction) for event in found] == [
        ("call", "outbound"),
        ("call-leg", "none"),
        ("call", "outbound"),
        ("call", "inbound"),
        ("call", "outbound"),
    ]
    assert {event.person for event in found} == {"+13035550123", "+12025550142"}
    messages = events("twilio-messages.json")
    assert [(event.channel, event.direction, event.outcome) for event in messages] == [
        ("sms", "outbound", "delivered"),
        ("mms", "outbound", "sent"),
        ("whatsapp", "inbound", "received"),
    ]
    assert messages[2].person == "+13035550123"


def test_a_number_s_zones_decide_and_all_where_there_are_several() -> None:
    engine = Engine.of(POLICY, plugins=PLUGINS)
    early = {"at": "2026-01-27T14:30:00Z", "kind": "call", "person": "ann"}  # 07:30 in Denver
    assert engine.decide([], {**early, "number": "+13035550123"}).outcome == "deny"
    assert engine.decide([], {**early, "number": "+12125550123"}).outcome == "allow"
    # A toll-free number may ring anywhere in North America.
    assert engine.decide([], {**early, "number": "+18005550123"}).outcome == "deny"
    assert engine.decide([], {**early, "number": "nothing"}).outcome == "allow"
    assert (
        engine.decide([], {**early, "person": "ann", "number": "+13035550123", "timezone": "UTC"}).outcome
        == "allow"
    )


def test_both_back_ends_find_the_same() -> None:
    engine = Engine.of(POLICY, plugins=PLUGINS)
    back_ends: tuple[Any, ...] = ("online", "columnar")
    for name in ("asterisk.csv", "freeswitch.csv", "twilio-calls.json"):
        log = engine.log(DATA / name, timezone="UTC", options={"region": ["US"]})
        one, two = (list(engine.audit(log, engine=back_end).findings) for back_end in back_ends)
        assert one == two


def test_addresses_are_written_in_one_way() -> None:
    channels = PLUGINS.channels
    assert channels.name("RVM") == "voicemail-drop"
    assert channels.medium(channels.name("voice call")) == "voice"
    assert channels.normalise("voice", "(303) 555-0123", "US") == "+13035550123"
    assert channels.normalise("whatsapp", "whatsapp:+44 20 7946 0958") == "+442079460958"
    for text, region in (("303 555 0123", None), ("12", "US"), ("hello", "US"), ("3035550123", "XX")):
        with pytest.raises(EventError, match="is not an address of the channel `phone`"):
            channels.normalise("phone", text, region)


@pytest.mark.skipif("COMITY_DATA" not in os.environ, reason="COMITY_DATA names no folder of logs")
def test_the_real_log_gives_an_event_for_each_row() -> None:
    path = Path(os.environ["COMITY_DATA"]) / "asterisk_Master_pseudonymised.csv"
    if not path.is_file():
        pytest.skip("the log is not there")
    engine = Engine.of(POLICY, plugins=PLUGINS)
    log = engine.log(path, timezone="UTC")
    found = [event for batch in log.batches() for event in batch]
    assert (len(found), log.tally.rows_read, log.tally.rows_rejected) == (84, 84, 0)
    assert len({event.id for event in found}) == 84
