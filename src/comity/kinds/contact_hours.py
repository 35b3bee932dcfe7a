"""`contact-hours`: a contact is allowed only at some hours of the wall clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar, Literal

from comity.clock.instants import DAY
from comity.plan import Calendar, Hours, HoursSlot, Local, Wording
from comity.plan.constraints.hours import DateRange
from comity.plan.selectors import FieldType
from comity.plan.time.calendars import WEEKDAYS
from comity.policy.kind import (
    Dates,
    DayName,
    Lowered,
    RuleContext,
    SelectorRef,
    TimeOfDay,
    parse_month_day,
    time_micros,
)
from comity.records import frozen


@frozen
class SlotTable:
    """A stretch of the wall clock on some days, as a policy writes it."""

    days: tuple[DayName, ...] | None = None
    from_: TimeOfDay | None = None
    to: TimeOfDay | None = None
    holidays: Literal["include", "exclude", "only"] = "include"
    dates: Dates | None = None


@frozen
class ContactHours:
    """A `contact` must be in one of the `allow` slots, or in none of the `deny` slots."""

    kind: ClassVar[str] = "contact-hours"

    contact: SelectorRef
    allow: tuple[SlotTable, ...] | None = None
    deny: tuple[SlotTable, ...] | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a predicate of the wall clock."""
        contact = rule.contact(self.contact)
        rule.require_zone("hours", "allow" if self.allow is not None else "deny")
        if (self.allow is None) == (self.deny is None):
            fault = ("missing-key", "one of `allow` and `deny` is missing")
            rule.fault(
                *(fault if self.allow is None else ("bad-value", "`allow` and `deny` exclude each other"))
            )
        allow = self.deny is None
        key = "allow" if allow else "deny"
        tables = (self.allow if allow else self.deny) or ()
        if not tables and (self.allow, self.deny) != (None, None):
            rule.fault("bad-value", "an empty list holds no hours", key)
        slots = tuple(_lower_slot(rule, table, key, index) for index, table in enumerate(tables))
        hours = "; ".join(slot.text for slot in slots)
        wording = Wording(
            required=hours if allow else f"not {hours}",
            message="The {event} was at {measured}, "
            + ("outside the allowed hours" if allow else "inside hours without contact")
            + f" ({hours}).",
            unknown="The {event} was on {measured}, so that it is not known whether it was "
            + ("in the allowed hours" if allow else "in hours without contact")
            + f" ({hours}).",
        )
        return Lowered(contact, Local(Hours(slots, allow, rule.calendar() or Calendar()), wording))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}


def _lower_slot(rule: RuleContext, table: SlotTable, key: str, index: int) -> HoursSlot:
    start = time_micros(table.from_, 0)
    end = time_micros(table.to, DAY)
    if start == end:
        rule.fault("bad-value", "a slot that ends when it begins holds no time", key, index)
    if start == DAY:
        rule.fault("bad-value", "a slot cannot begin at `24:00`", key, index, "from")
    if table.days is not None and not table.days:
        rule.fault("bad-value", "an empty list holds no day", key, index, "days")
    if table.holidays != "include" and not rule.has_calendar():
        rule.fault(
            "bad-value",
            f'`holidays = "{table.holidays}"` needs a calendar',
            key,
            index,
            "holidays",
            help='give `calendar` in `[policy]` or in the rule, such as `calendar = "US"`',
        )
    days = WEEKDAYS if table.days is None else table.days
    return HoursSlot(
        days=frozenset(WEEKDAYS.index(day) for day in days),
        start=start,
        end=end,
        holidays=table.holidays,
        dates=_lower_dates(table.dates),
        text=_slot_text(table, start, end),
    )


def _lower_dates(dates: Dates | None) -> frozenset[dt.date] | DateRange | None:
    if dates is None:
        return None
    if isinstance(dates.from_, dt.date) and isinstance(dates.through, dt.date):
        return DateRange(dates.from_.timetuple()[:3], dates.through.timetuple()[:3])
    if isinstance(dates.from_, str) and isinstance(dates.through, str):
        return DateRange(parse_month_day(dates.from_) or (), parse_month_day(dates.through) or ())
    return frozenset(dates.listed)


def _slot_text(table: SlotTable, start: int, end: int) -> str:
    parts = [" ".join(table.days)] if table.days is not None else []
    if table.from_ is not None or table.to is not None or not parts:
        parts.append(f"{_clock(start)}-{_clock(end)}")
    if table.holidays != "include":
        parts.append("no holidays" if table.holidays == "exclude" else "holidays only")
    if table.dates is not None:
        dates = table.dates
        listed = ", ".join(date.isoformat() for date in dates.listed)
        parts.append(f"on {listed}" if listed else f"from {dates.from_} through {dates.through}")
    return " ".join(parts)


def _clock(micros: int) -> str:
    minutes, rest = divmod(micros, 60_000_000)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    seconds, fraction = divmod(rest, 1_000_000)
    return text + (f":{seconds:02}" if rest else "") + (f".{fraction:06}" if fraction else "")
