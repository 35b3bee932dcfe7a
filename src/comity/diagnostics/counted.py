"""Notices about what a summary counts."""

from __future__ import annotations

from collections.abc import Iterator

from comity.findings import Summary
from comity.notices import Notice


def notices_of(summary: Summary) -> tuple[Notice, ...]:
    """Give the notices about what was counted, in a fixed order."""
    return (*_of_times(summary), *_of_values(summary), *_of_scopes(summary))


def _of_times(summary: Summary) -> Iterator[Notice]:
    for code, count, what in (
        (
            "moved-times",
            summary.moved_times,
            "local times do not exist (clocks going forward) and were moved forward",
        ),
        (
            "repeated-times",
            summary.repeated_times,
            "local times occur twice (clocks going back) and were taken as the first",
        ),
        (
            "dates-without-time",
            summary.dates_without_time,
            "events have a date without a time: they count from midnight on, and contact hours cannot judge them",
        ),
    ):
        if count:
            yield Notice(code, f"{count:,} {what}", count=count)


def _of_values(summary: Summary) -> Iterator[Notice]:
    for name, count in summary.unreadable.items():
        message = f"{count:,} values of `{name}` do not read as declared and count as absent"
        yield Notice("unreadable-values", message, count=count)


def _of_scopes(summary: Summary) -> Iterator[Notice]:
    for rule, tally in summary.by_rule.items():
        for field, count in sorted(tally.lacking.items()):
            message = f"{count:,} events of rule `{rule}` lack its field `{field}`"
            yield Notice("scope-field-missing", message, rule=rule, count=count)
