"""Structuring the dates and the times of day of policies, and writing them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from comity.clock.instants import parse_date
from comity.documents import Fault, Faults, unknown_key, written, wrong_type
from comity.errors import EventError
from comity.policy.types import Dates, TimeOfDay, parse_month_day, parse_time


def structure_time(value: object, _: object) -> TimeOfDay:
    """Return a local time of TOML, or one that is written as text; raises Fault."""
    if isinstance(value, dt.time) or (isinstance(value, str) and parse_time(value) is not None):
        return value
    raise Fault(
        "wrong-type" if not isinstance(value, str) else "bad-value",
        f"`{written(value)}` is not a time of day",
        help="write a time such as 08:00:00 or `08:00`, at most `24:00`",
    )


def structure_dates(value: object, _: object) -> Dates:
    """Return a list of dates, or a range of them; raises Fault or Faults."""
    if isinstance(value, list):
        if not value:
            raise Fault("bad-value", "an empty list of dates holds no day")
        faults = [
            Fault("wrong-type", f"`{written(item)}` is not a date such as 2025-12-24", index)
            for index, item in enumerate(value)
            if type(item) is not dt.date
        ]
        if faults:
            raise Faults(faults)
        return Dates(listed=tuple(value))
    if not isinstance(value, Mapping):
        raise wrong_type(
            value, "a list of dates or a range", help='such as { from = "12-20", through = "01-02" }'
        )
    faults = [unknown_key(key, ("from", "through")) for key in value if key not in ("from", "through")]
    faults += [Fault("missing-key", f"`{key}` is missing") for key in ("from", "through") if key not in value]
    if faults:
        raise Faults(faults)
    ends = []
    for key in ("from", "through"):
        end = value[key]
        if isinstance(end, str) and parse_month_day(end) is None:
            try:
                end = parse_date(end)
            except EventError:
                raise Fault(
                    "bad-value", f"`{end}` is not a date", key, help="`12-20` or 2025-12-20"
                ) from None
        elif type(end) is not dt.date and not isinstance(end, str):
            raise Fault("wrong-type", f"`{written(end)}` is not a date", key, help="`12-20` or 2025-12-20")
        ends.append(end)
    if type(ends[0]) is not type(ends[1]):
        raise Fault("bad-value", "one end of the range names a year and the other does not")
    if isinstance(ends[0], dt.date) and ends[0] > ends[1]:
        raise Fault("bad-value", f"the range ends (`{ends[1]}`) before it begins (`{ends[0]}`)")
    return Dates(from_=ends[0], through=ends[1])


def write_dates(dates: Dates) -> object:
    """Return dates as a policy writes them."""
    return {"from": dates.from_, "through": dates.through} if dates.from_ is not None else list(dates.listed)
