"""What the plugin offers, hook by hook."""

from __future__ import annotations

from collections.abc import Iterable

from comity.plugins import hookimpl
from comity.readers import Reader
from comity_mail.calendars import ICALENDAR
from comity_mail.mailboxes import EML, MAILDIR, MBOX
from comity_mail.sendgrid import SENDGRID

COMITY_API = 1


@hookimpl
def comity_readers() -> Iterable[Reader]:
    """Return the readers of mailboxes, calendars and SendGrid's events."""
    return [MBOX, MAILDIR, EML, ICALENDAR, SENDGRID]
