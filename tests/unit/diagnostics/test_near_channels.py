"""Channels that are no known ones, and near one, are named with the line that maps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity import Engine
from comity.channels import BUILTIN_CHANNELS
from comity.diagnostics.near_channels import nearest
from comity.events import Channels
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
