"""Unknown channels that are near a known one are named with the line that maps them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from comity import Engine, Event
from comity.diagnostics.words.near_channels import nearest
from comity.errors import printable
from comity.events.channels.builtin_channels import BUILTIN_CHANNELS
from comity.events.channels.channel import Channels
from comity.readers import load_mapping

POLICY = """comity = 1
[policy]
id = "p"
title = "A policy"
version = "1.0"
[rules.r]
kind = "forbidden"
contact = {}
"""
NAMES = Channels(BUILTIN_CHANNELS).names()


@pytest.mark.parametrize(
    ("channel", "meant"),
    [
        ("telefonanruf", "phone"),
        ("eingehender-anruf", "phone"),
        ("appel-sortant", "phone"),
        ("llamada-perdida", "phone"),
        ("e-mail-versendet", "email"),
        ("courriel", "email"),
        ("emailversand", "email"),
        ("eamil", "email"),
        ("sms-outbound", "sms"),
        ("texto", "sms"),
        ("direct-mail", "letter"),
        ("tel.", "phone"),
        ("tél.-(sortant)", "phone"),
        ("telefono-fisso", "phone"),
        ("fon", "phone"),
        ("mob.", "phone"),
        ("tlf", "phone"),
        ("festnetz", "phone"),
        ("puhelin", "phone"),
        ("e-post", "email"),
        ("sahkoposti", "email"),
        ("pec", "email"),
        ("mejl", "email"),
        ("wa", "chat"),
        ("whats-app", "chat"),
        ("kurzmitteilung", "sms"),
        ("einschreiben", "letter"),
        ("raccomandata", "letter"),
        ("zoom-call", "video"),
        ("f2f", "in-person"),
        ("fb", "social"),
        ("list", None),
        ("line-manager", None),
        ("sprachnachricht", None),
        ("whatsapp-business", "chat"),
        ("vor-ort", "in-person"),
        ("fax", None),
        ("web-form", None),
        ("portal", None),
        ("kiosk", None),
        ("app", None),
    ],
)
def test_the_nearest_channel(channel: str, meant: str | None) -> None:
    assert nearest(channel, NAMES) == meant


@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_the_line_that_maps_them_can_be_used(back_end: str, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "person,at,Kanal\n"
        "a,2025-01-01T10:00:00Z,Telefon\nb,2025-01-02T10:00:00Z,E-Mail gesendet\n"
        "b,2025-01-03T10:00:00Z,Telefon\nc,2025-01-03T10:00:00Z,Fax\n"
    )
    engine = Engine.of(POLICY)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('comity = 1\n[fields]\nchannel = "Kanal"\n')
    report = engine.audit(engine.log(log, mapping=load_mapping(mapping)), engine=back_end)  # type: ignore[arg-type]
    (found,) = report.notices
    assert (found.code, found.count, found.example) == ("near-channel", 3, "Telefon")
    assert "near `phone`, `email`: `Telefon` (2), `E-Mail gesendet` (1)" in found.message
    assert found.help is not None
    line = found.help.split("in `[fields]`: ")[1]
    mapping.write_text(f"comity = 1\n[fields]\n{line}\n")
    report = engine.audit(engine.log(log, mapping=load_mapping(mapping)), engine=back_end)  # type: ignore[arg-type]
    assert report.notices == ()
    assert {channel for _, channel, _, _ in report.summary.census.signatures} == {"phone", "email", "Fax"}


@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_the_line_keeps_what_the_log_has_to_the_character(back_end: str, tmp_path: Path) -> None:
    written = [
        "E\u2011Mail versendet",
        "e\u2010mail  out",
        "T\u00ade\u200bl.",
        "Te\u0301l. sortant",
        'the "mail"',
        "mail\\out",
        "call\u00a0back",
        "call\tlater",
    ]
    log = tmp_path / "log.jsonl"
    rows = [
        {"person": "a", "at": f"2025-01-{day + 1:02}T10:00:00Z", "channel": channel}
        for day, channel in enumerate(written)
    ]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    engine = Engine.of(POLICY)
    report = engine.audit(engine.log(log), engine=back_end)  # type: ignore[arg-type]
    [found] = [notice for notice in report.notices if notice.code == "near-channel"]
    assert found.count == len(written)
    assert found.help is not None
    assert printable(found.help) == found.help
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(f"comity = 1\n[fields]\n{found.help.split('in `[fields]`: ')[1]}\n", "utf-8")
    report = engine.audit(engine.log(log, mapping=load_mapping(mapping)), engine=back_end)  # type: ignore[arg-type]
    assert {channel for _, channel, _, _ in report.summary.census.signatures} == {"phone", "email"}


def test_a_line_of_many_channels_is_toml() -> None:
    engine = Engine.of(POLICY)
    events = [Event("a", 1_700_000_000_000_000 + n, channel=f"call by agent {n}") for n in range(60)]
    [found] = [notice for notice in engine.audit(events).notices if notice.code == "near-channel"]
    assert found.help is not None
    head, line = found.help.split(": ", 1)
    assert head.endswith("(and so for 20 more)")
    assert len(tomllib.loads(line)["channel"]["values"]) == 40
