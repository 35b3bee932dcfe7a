"""Notices about what a summary counts."""

from __future__ import annotations

from collections.abc import Iterator

from comity.clock.eras import Reason
from comity.clock.instants import format_instant
from comity.clock.zone_names import without_summer_time
from comity.notices import UNREADABLE_HELP, Notice, unparted_notices, unreadable_notices
from comity.plan.constraints.response import MOST_MISSED
from comity.results.report import Summary

_SUSPICIOUS = "suspicious-instants"
_UNENDED = "see whether the log lacks what ends the periods, and whether the gap is too short"
_UNIT = "state the unit of the instants (`unix`, `unix-ms` or `unix-us` as the mapping's `at.format`)"


def counted(summary: Summary) -> tuple[Notice, ...]:
    """Return the notices about what was counted, in a fixed order."""
    return (
        *_of_times(summary),
        *_of_instants(summary),
        *_of_zones(summary),
        *_of_values(summary),
        *_of_texts(summary),
        *_of_unlisted(summary),
    )


def _of_unlisted(summary: Summary) -> Iterator[Notice]:
    for rule, tally in summary.by_rule.items():
        if tally.unlisted:
            message = (
                f"{tally.unlisted:,} more missed periods of `{rule}` are not listed: after one event "
                f"the first {MOST_MISSED:,} are findings, and so is the one that runs"
            )
            yield Notice("periods-not-listed", message, rule=rule, count=tally.unlisted, help=_UNENDED)


def _of_times(summary: Summary) -> Iterator[Notice]:
    for code, count, one, several in (
        (
            "moved-times",
            summary.moved_times,
            "local time does not exist (clocks going forward) and was moved forward",
            "local times do not exist (clocks going forward) and were moved forward",
        ),
        (
            "repeated-times",
            summary.repeated_times,
            "local time occurs twice (clocks going back) and was taken as the first",
            "local times occur twice (clocks going back) and were taken as the first",
        ),
    ):
        if count:
            yield Notice(code, f"{count:,} {one if count == 1 else several}", count=count)
    if summary.dates_without_time:
        yield dates_notice(summary.dates_without_time)


def dates_notice(count: int) -> Notice:
    """Make the notice about events of which only the date is known."""
    if count == 1:
        events, day = "1 event has a date without a time: it counts", "its whole day"
    else:
        events, day = f"{count:,} events have a date without a time: they count", "their whole day"
    message = f"{events} from midnight on, and hours judge {day}"
    return Notice("dates-without-time", message, count=count)


def _of_instants(summary: Summary) -> Iterator[Notice]:
    for reason, (count, example) in summary.suspicious.items():
        yield suspicious_notice(reason, count, example)


def suspicious_notice(reason: Reason, count: int, example: int) -> Notice:
    """Make the notice about doubtful instants, with an example."""
    events = "1 event lies" if count == 1 else f"{count:,} events lie"
    match reason:
        case "january-1970":
            where, help = "in January 1970, which happens if numbers are read in too small a unit", _UNIT
        case "beyond-2200":
            where, help = (
                "in the year 2200 or later, which happens if numbers are read in too large a unit",
                _UNIT,
            )
        case "far":
            where = "far from the rest, with ten years or more between in which there is none"
            help = f"look at how their times are written, and {_UNIT}"
    message = f"{events} {where}"
    return Notice(_SUSPICIOUS, message, count=count, example=format_instant(example), help=help)


def _of_zones(summary: Summary) -> Iterator[Notice]:
    for name, count in summary.fixed_zones.items():
        yield zone_notice(name, count)


def zone_notice(name: str, count: int) -> Notice:
    """Make the notice about a zone without summer time, with the number of events that have it themselves."""
    events = "1 event has" if count == 1 else f"{count:,} events have"
    of_events = f" ({events} it)" if count else ""
    message = f"the zone `{name}` has no summer time{of_events}"
    return Notice(
        "fixed-offset-zone", message, count=count or None, example=name, help=without_summer_time(name)
    )


def _of_values(summary: Summary) -> Iterator[Notice]:
    """Yield the notices about values of a wrong type: by attribute, then by rule that needs them."""
    yield from unreadable_notices(summary.unreadable, summary.unreadable_examples)
    for rule, tally in summary.by_rule.items():
        policy = rule.partition("/")[0]
        for field, count in sorted(tally.unreadable.items()):
            example = summary.unreadable_examples.get(f"{policy}/{field}")
            events = "1 event" if count == 1 else f"{count:,} events"
            message = f"rule `{rule}` cannot read `{field}` in {events}"
            yield Notice("unreadable-values", message, rule, count, example, UNREADABLE_HELP)
    yield from unparted_notices(summary.unparted)


def _of_texts(summary: Summary) -> Iterator[Notice]:
    for field, near in summary.near.items():
        yield Notice(
            "near-persons",
            f"{near.count:,} texts of `{field}` differ from another one in case, spaces, punctuation or "
            "invisible characters only, and count as different",
            count=near.count,
            example=near.shown(),
            help="if they mean the same, write them in one way, "
            "for example with `address` or `values` in a mapping",
        )
