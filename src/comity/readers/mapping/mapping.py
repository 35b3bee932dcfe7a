"""How the rows of an exported log become events: what a mapping says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from comity.budgets import DEFAULT_LOG_BUDGETS, LogBudgets
from comity.events.fields import FIELDS
from comity.events.values import Scalar
from comity.records import frozen

TIME_FORMATS: Final = ("iso", "unix", "unix-ms", "unix-us")
UNITS: Final = {"unix": 1_000_000, "unix-ms": 1_000, "unix-us": 1}
"""Microseconds of the units in which formats count."""
MAPPABLE: Final = tuple(field for field in FIELDS if field != "medium")
"""Fields that a mapping may fill; any other name but `medium` is an attribute."""


@frozen
class LogFormat:
    """How to read the file itself."""

    format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: tuple[str, ...] | None = None
    options: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    """The values of the reader's own options."""
    dedupe: str | None = None
    """`id`: skip a row that has the id, the person and the instant of an earlier row of any file."""

    @property
    def budgets(self) -> LogBudgets:
        """The limits of reading; a mapping file cannot set them."""
        return DEFAULT_LOG_BUDGETS


@frozen
class BudgetedFormat(LogFormat):
    """How to read the file itself, and within which budgets."""

    budgets: LogBudgets = DEFAULT_LOG_BUDGETS


def with_budgets(log: LogFormat, budgets: LogBudgets) -> LogFormat:
    """Return the format with budgets, so that a file is read within them."""
    if budgets == log.budgets:
        return log
    given = {name: getattr(log, name) for name in attrs.fields_dict(LogFormat)}
    return BudgetedFormat(**given, budgets=budgets)


@frozen
class FieldRule:
    """Where one field's value comes from: a column, or one value for every row."""

    column: str | None = None
    value: Scalar | None = None
    format: str | None = None
    timezone: str | None = None
    values: dict[str, Scalar] | None = None
    """The value that each text of the column stands for."""
    default: Scalar | None = None
    """Value of cells that are empty, absent or not among `values`."""
    split: str | None = None
    address: str | None = None
    """The channel whose address it is; that channel says how it is written."""
    zones: dict[str, str] | None = None
    """The zone, an IANA name or an offset, that each abbreviation in the times stands for."""
    region: str | None = None
    """The country of addresses that do not name one, such as `US`."""
    decimal: str | None = None
    """The sign before the fraction of a number; by default a point."""
    thousands: str | None = None
    """The sign between the thousands of a number; by default there is none."""


@frozen
class Only:
    """Rows to keep: those with one of the values in the column."""

    column: str
    values: tuple[str, ...]


@frozen
class Mapping:
    """How the rows of a log become events."""

    comity: int
    log: LogFormat = LogFormat()
    fields: dict[str, FieldRule] = attrs.field(factory=dict)
    only: tuple[Only, ...] = ()
    also: tuple[dict[str, FieldRule], ...] = ()
    zones: dict[str, str] = attrs.field(factory=dict)
    """The zone that each abbreviation stands for in every `at` that does not define it."""
    requires: tuple[str, ...] = ()
    """Distributions that must be installed, with their versions."""

    @property
    def plain(self) -> bool:
        """Whether each row is one event, and no field is written in another way than the log writes it."""
        return not self.also and all(rule.address is None for rule in self.fields.values())

    def columns(self) -> Iterator[tuple[str, str]]:
        """Yield the columns that the mapping names, each with the part of the mapping that names it."""
        for index, fields in enumerate((self.fields, *self.also)):
            for name, rule in fields.items():
                if rule.column is not None:
                    yield rule.column, f"`{name}`" + (" in [[also]]" if index else "")
        for only in self.only:
            yield only.column, "[[only]]"
