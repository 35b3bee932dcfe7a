"""One event, read like a row of a log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from comity.clock.zones import find_zone
from comity.errors import EventError
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.readers.events.row_maker import RowMaker
from comity.readers.mapping.mapping import FieldRule
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.readers.row_batch import RowBatch


def read_event(
    fields: Mapping[str, object],
    timezone: str | None = None,
    mapping: LogMapping | None = None,
    channels: Channels | None = None,
) -> Event:
    """Make an event of the values of its fields, by the rules for the rows of a log.

    The `mapping` is that of the log whose events the new one joins: addresses are written in the same form,
    and several texts are separated by the same sign.
    `at` is a text in ISO 8601 or a datetime; without an offset it is local to `timezone`. Other names than
    those of fields become attributes. Raises EventError where a value is missing or unusable.
    """
    cells: dict[str, Any] = {}
    for name, value in fields.items():
        cells[name] = [value.isoformat() if isinstance(value, dt.datetime | dt.date) else value]
    for name in ("person", "at"):
        if name not in cells:
            raise EventError(f"the event has no `{name}`")
    zone = None if timezone is None else find_zone(timezone)
    rules = {} if mapping is None else mapping.fields
    written = {
        name: FieldRule(name, address=rule.address, region=rule.region, split=rule.split)
        for name, rule in rules.items()
        if name in cells and (rule.address is not None or rule.split is not None)
    }
    made = RowMaker(LogMapping(1, fields=written), zone, None, channels=channels).make(RowBatch([1], cells))
    if made.rejected:
        raise EventError(made.rejected[0].reason)
    return made.events[0]
