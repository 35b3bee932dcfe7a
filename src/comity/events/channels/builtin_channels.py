"""The channels that are always known."""

from __future__ import annotations

from comity.events.channels.channel import Channel
from comity.events.channels.email_addresses import normalise_email

BUILTIN_CHANNELS = (
    Channel(
        "phone",
        "voice",
        ("call", "telephone", "tel", "dialer", "dialler", "auto-dialer", "predictive-dialer", "landline"),
    ),
    Channel("voicemail", "voice"),
    Channel("video", "voice"),
    Channel("email", "written", ("e-mail",), normalise=normalise_email),
    Channel("sms", "written", ("text", "text-message")),
    Channel("mms", "written", ("picture-message",)),
    Channel("rcs", "written", ("rich-message",)),
    Channel("chat", "written"),
    Channel("push", "written"),
    Channel("social", "written"),
    Channel("letter", "post", ("post",)),
    Channel("in-person", "in-person"),
    Channel("unspecified"),
)
