"""One event, read as a row of a log is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from comity.clock.zones import find_zone
from comity.errors import EventError
from comity.events.channels import Channels
from comity.events.event import Event
from comity.readers.events.row_maker import RowMaker
from comity.readers.mapping.mapping import FieldRule
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.readers.row_batch import RowBatch


def read_event(
    fields: Mapping[str, Any],
    timezone: str | None = None,
    mapping: LogMapping | None = None,
    channels: Channels | None = None,
) -> Event:
    """Make an event of loose values, by the rules for the rows of a log.

    Addresses are written as those of the log that the `mapping` is of, so that its persons are known again.
    `at` is a text in ISO 8601 or a datetime, one without offset local to `timezone`; fields that every event
    does not have become attributes. Raises EventError where something is missing or unusable.
    """
    cells: dict[str, Any] = {}
    for name, value in fields.items():
        cells[name] = [value.isoformat() if isinstance(value, dt.datetime | dt.date) else value]
    for name in ("person", "at"):
        if name not in cells:
            raise EventError(f"the event has no `{name}`")
    zone = None if timezone is None else find_zone(timezone)
    rules = {} if mapping is None else mapping.fields
    addresses = {
        name: FieldRule(name, address=rule.address, region=rule.region)
        for name, rule in rules.items()
        if rule.address is not None and name in cells
    }
    made = RowMaker(LogMapping(1, fields=addresses), zone, None, channels=channels).make(RowBatch([1], cells))
    if made.rejected:
        raise EventError(made.rejected[0].reason)
    return made.events[0]
