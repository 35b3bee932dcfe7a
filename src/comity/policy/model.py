"""Policies as attrs classes: the contents of a TOML file, structured and composed, before lowering."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from pathlib import Path as FilePath
from typing import Any, ClassVar, Literal, Protocol

import attrs

from comity.documents import Document, Path
from comity.notices import Notice
from comity.plan import Constraint, Selector
from comity.plan.plan import Absent, Severity
from comity.plan.selectors import FieldType
from comity.policy.types import (
    DayName,
    FieldName,
    PolicyId,
    Required,
    SelectorRef,
    StateTable,
    TimeOfDay,
    ZoneName,
)
from comity.records import frozen

AttributeType = Literal["text", "number", "boolean", "instant", "texts"]
Inheritable = Literal["timezone", "calendar"]
"""Settings that a file can give to the rules it inherits, in place of those of their policies."""


@frozen
class Reference:
    """A source: its title, where to read it, and how its author saw it."""

    title: str
    url: str | None = None
    seen: Literal["text", "secondary", "memory"] | None = None
    """Whether its own text was read, what others write of it, or neither."""


@frozen
class EffectiveDates:
    """The first and the last local date on which events are judged."""

    from_: dt.date | None = None
    through: dt.date | None = None


@frozen
class Metadata:
    """The table `[policy]`."""

    id: PolicyId
    title: str
    version: str
    industry: str | None = None
    timezone: ZoneName | None = None
    calendar: str | None = None
    per: tuple[FieldName, ...] | None = None
    extends: tuple[str, ...] = ()
    for_inherited: tuple[Inheritable, ...] = ()
    """Settings of this file that hold for what it inherits, too."""
    requires: tuple[Required, ...] = ()
    """Distributions that must be installed, and in which versions."""
    effective: EffectiveDates | None = None
    references: tuple[Reference, ...] = ()
    checked: dt.date | None = None
    """When it was last held against its sources."""
    review_by: dt.date | None = None
    """By when that is to be done again."""


@frozen
class Settings:
    """What a policy sets for its own rules and selectors; an extending file sets what it leaves out."""

    timezone: str | None = None
    calendar: str | None = None
    per: tuple[str, ...] | None = None
    effective: EffectiveDates | None = None
    industry: str | None = None
    """The industry whose words it uses."""
    origin: Mapping[str, tuple[Document, Path]] = attrs.field(factory=dict, eq=False, repr=False)
    """Where each setting is written, for those of extended policies."""

    def without(self, names: Collection[str]) -> Settings:
        """Leave some settings out, so that those of an extending file hold."""
        left = dict.fromkeys(names)
        origin = {name: place for name, place in self.origin.items() if name not in left}
        return attrs.evolve(self, **left, origin=origin)

    def within(self, outer: Settings) -> Settings:
        """Fill what is left out from the settings of an extending file."""
        missing = {
            name: getattr(outer, name)
            for name in ("timezone", "calendar", "per", "effective", "industry")
            if getattr(self, name) is None
        }
        origin = {name: place for name, place in outer.origin.items() if name in missing}
        return attrs.evolve(self, **missing, origin={**origin, **self.origin})


@frozen
class OpeningTable:
    """A stretch of the day in which the business of a calendar is open."""

    from_: TimeOfDay
    to: TimeOfDay
    days: tuple[DayName, ...] | None = None
    """By default all days except the weekend."""


@frozen
class CalendarTable:
    """The table `[calendars.NAME]`."""

    dates: tuple[dt.date, ...] = ()
    weekend: tuple[DayName, ...] = (DayName("sat"), DayName("sun"))
    week_starts: DayName = DayName("mon")
    holidays: str | None = None
    """A country or subdivision whose holidays the calendar has too."""
    hours: tuple[OpeningTable, ...] = ()
    """When the business is open, for spans in business hours."""


@frozen
class Lowered:
    """The result of lowering a rule: the events to judge, and the constraint on each."""

    judged: Selector
    constraint: Constraint


class RuleKind(Protocol):
    """A rule kind: an attrs class whose attributes are the kind's own keys."""

    kind: ClassVar[str]
    """The word that policies use."""

    def lower(self, rule: Any) -> Lowered:
        """Lower to an operator with the help of a `RuleContext`."""

    def declares(self) -> Mapping[str, FieldType]:
        """Return the attributes that a rule of this kind declares."""


@frozen
class RuleCommon:
    """The keys that every rule may have."""

    severity: Severity = "error"
    enabled: bool = True
    title: str | None = None
    because: str | None = None
    references: tuple[Reference, ...] = ()
    checked: dt.date | None = None
    review_by: dt.date | None = None
    per: tuple[FieldName, ...] | None = None
    absent: Absent = "pool"
    exempt: SelectorRef | None = None
    effective: EffectiveDates | None = None
    timezone: ZoneName | None = None
    calendar: str | None = None


@frozen
class Rule:
    """One requirement of a policy."""

    body: RuleKind
    common: RuleCommon = RuleCommon()
    settings: Settings | None = None
    """The settings of the extended policy that it is written in; None for the file's own rules."""


@frozen
class NamedSelector:
    """A selector with a name."""

    selector: SelectorRef
    settings: Settings | None = None


@frozen
class NamedState:
    """A state with a name."""

    table: StateTable
    settings: Settings | None = None


Locate = Callable[[Path], tuple[Document, Path]]


@frozen
class Policy:
    """A policy with everything that it extends merged in."""

    meta: Metadata
    attributes: Mapping[str, AttributeType] = attrs.field(factory=dict)
    events: Mapping[str, NamedSelector] = attrs.field(factory=dict)
    calendars: Mapping[str, CalendarTable] = attrs.field(factory=dict)
    rules: Mapping[str, Rule] = attrs.field(factory=dict)
    own: Mapping[tuple[str, str], frozenset[str]] | None = None
    """The tables and keys that the file itself writes if it extends others; None means all."""
    replaced: Mapping[tuple[str, str], Any] = attrs.field(factory=dict, eq=False, repr=False)
    """The inherited selectors, states, calendars and attributes that the file replaces."""
    notices: tuple[Notice, ...] = attrs.field(default=(), eq=False)
    """What its author should know, although it is not a fault."""
    locate: Locate | None = attrs.field(default=None, eq=False, repr=False)
    files: tuple[FilePath, ...] = attrs.field(default=(), eq=False, repr=False)
    """The files that it is read from: its own first, then those that it extends and those of industries."""
    states: Mapping[str, NamedState] = attrs.field(factory=dict)

    @property
    def id(self) -> str:
        """The policy's id."""
        return self.meta.id

    @property
    def settings(self) -> Settings:
        """What the policy sets for its own rules."""
        return settings_of(self.meta)


def settings_of(meta: Metadata, document: Document | None = None) -> Settings:
    """Return what metadata sets for the rules; `document` is the file, if it is an extended one."""
    origin = {}
    if document is not None:
        for name in ("timezone", "calendar", "per", "effective"):
            if getattr(meta, name) is not None:
                origin[name] = (document, ("policy", name))
    return Settings(meta.timezone, meta.calendar, meta.per, meta.effective, meta.industry, origin)
