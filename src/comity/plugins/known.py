"""Known plugins by what they provide, for advice when somebody names something that nobody provides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KNOWN: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "comity-telephony": {
        "address": ("phone", "sms", "mms", "rcs", "whatsapp", "voicemail-drop"),
        "channel": ("whatsapp", "voicemail-drop"),
        "reader": ("asterisk-cdr", "asterisk-cdr-custom", "freeswitch-cdr", "twilio"),
    },
    "comity-mail": {
        "reader": ("mbox", "maildir", "eml", "icalendar", "sendgrid"),
    },
    "comity-collections": {
        "rule kind": ("seven-in-seven",),
        "industry": ("debt-collection",),
        "policy": (
            "us-regulation-f-call-frequency",
            "us-regulation-f-times",
            "us-regulation-f-requests",
            "us-massachusetts-debt-collection",
            "us-new-york-city-debt-collection",
            "au-asic-rg-96",
            "in-loan-recovery",
        ),
    },
    "comity-workbook": {
        "reader": ("xlsx",),
        "formatter": ("xlsx",),
    },
}
"""For each distribution the names of what it provides, by type of record."""


def who_provides(what: str, name: str) -> str:
    """Return the distribution that provides something with a name; empty if none is known."""
    return next((plugin for plugin, sorts in KNOWN.items() if name in sorts.get(what, ())), "")
