"""What the plugin offers, hook by hook."""

from __future__ import annotations

from collections.abc import Iterable

from comity.plugins import Channel, ZoneSource, hookimpl
from comity.readers import Reader
from comity_telephony.cdr import cdr_reader
from comity_telephony.formats import ASTERISK, ASTERISK_CUSTOM, FREESWITCH
from comity_telephony.numbers import normalise, zones
from comity_telephony.twilio import TWILIO

COMITY_API = 1


@hookimpl
def comity_channels() -> Iterable[Channel]:
    """Return the channels of telephony; `phone`, `sms`, `mms` and `rcs` of comity get their addresses."""
    return [
        Channel("phone", aliases=("voice", "voice-call", "phone-call"), normalise=normalise, extends=True),
        Channel("sms", aliases=("short-message",), normalise=normalise, extends=True),
        Channel("mms", normalise=normalise, extends=True),
        Channel("rcs", normalise=normalise, extends=True),
        Channel("whatsapp", "written", ("whats-app",), normalise=normalise),
        Channel("voicemail-drop", "voice", ("ringless-voicemail", "rvm"), normalise=normalise),
    ]


@hookimpl
def comity_zones() -> Iterable[ZoneSource]:
    """Return the zones in which a phone number may ring."""
    return [ZoneSource("phone-number", ("number", "phone", "phone-number"), zones)]


@hookimpl
def comity_readers() -> Iterable[Reader]:
    """Return the readers of call logs."""
    return [cdr_reader(ASTERISK), cdr_reader(ASTERISK_CUSTOM), cdr_reader(FREESWITCH), TWILIO]
