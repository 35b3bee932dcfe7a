"""Policies as attrs classes: what a TOML file says, structured and composed, before it is lowered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any, ClassVar, Literal, Protocol

import attrs

from comity.documents import Document, Path
from comity.notices import Notice
from comity.plan import Constraint, Selector
from comity.plan.plan import Absent
from comity.plan.selectors import FieldType
from comity.policy.types import DayName, FieldName, PolicyId, Required, SelectorRef, TimeOfDay, ZoneName

Severity = Literal["error", "warning", "info"]
AttributeType = Literal["text", "number", "boolean", "instant"]


@attrs.frozen
class Reference:
    """A source: a title, and where it can be read."""

    title: str
    url: str | None = None


@attrs.frozen
class EffectiveDates:
    """The local dates from which and through which events are judged, both inclusive."""

    from_: dt.date | None = None
    through: dt.date | None = None


@attrs.frozen
class Metadata:
    """What `[policy]` says."""

    id: PolicyId
    title: str
    version: str
    industry: str | None = None
    timezone: ZoneName | None = None
    calendar: str | None = None
    per: tuple[FieldName, ...] | None = None
    extends: tuple[str, ...] = ()
    requires: tuple[Required, ...] = ()
    """Distributions that must be installed, and in which versions."""
    effective: EffectiveDates | None = None
    references: tuple[Reference, ...] = ()


@attrs.frozen
class Settings:
    """What a policy sets for its own rules and selectors; what it leaves out, an extending file sets."""

    timezone: str | None = None
    calendar: str | None = None
    per: tuple[str, ...] | None = None
    effective: EffectiveDates | None = None
    industry: str | None = None
    """The industry whose words it uses."""
    origin: Mapping[str, tuple[Document, Path]] = attrs.field(factory=dict, eq=False, repr=False)
    """Where each of them is written, for those of extended policies."""

    def within(self, outer: Settings) -> Settings:
        """Fill what is left out from an extending file's settings."""
        missing = {
            name: getattr(outer, name)
            for name in ("timezone", "calendar", "per", "effective", "industry")
            if getattr(self, name) is None
        }
        origin = {name: place for name, place in outer.origin.items() if name in missing}
        return attrs.evolve(self, **missing, origin={**origin, **self.origin})


@attrs.frozen
class OpeningTable:
    """A stretch of the day in which the business of a calendar is open."""

    from_: TimeOfDay
    to: TimeOfDay
    days: tuple[DayName, ...] | None = None
    """By default those that are no weekend."""


@attrs.frozen
class CalendarTable:
    """What `[calendars.NAME]` says."""

    dates: tuple[dt.date, ...] = ()
    weekend: tuple[DayName, ...] = (DayName("sat"), DayName("sun"))
    week_starts: DayName = DayName("mon")
    holidays: str | None = None
    """A country or subdivision code to build on."""
    hours: tuple[OpeningTable, ...] = ()
    """When the business is open, for spans in business hours."""


@attrs.frozen
class Lowered:
    """What a rule kind makes of a rule: the events judged, and the constraint on each."""

    judged: Selector
    constraint: Constraint


class RuleKind(Protocol):
    """A rule kind: an attrs class whose attributes are the kind's own keys."""

    kind: ClassVar[str]
    """The word that policies use."""

    def lower(self, rule: Any) -> Lowered:
        """Lower to an operator with the help of a `RuleContext`."""

    def declares(self) -> Mapping[str, FieldType]:
        """Return the attributes that using the kind declares."""


@attrs.frozen
class RuleCommon:
    """The keys that every rule may have."""

    severity: Severity = "error"
    enabled: bool = True
    title: str | None = None
    because: str | None = None
    references: tuple[Reference, ...] = ()
    per: tuple[FieldName, ...] | None = None
    absent: Absent = "pool"
    exempt: SelectorRef | None = None
    effective: EffectiveDates | None = None
    timezone: ZoneName | None = None
    calendar: str | None = None


@attrs.frozen
class Rule:
    """One requirement of a policy."""

    body: RuleKind
    common: RuleCommon = RuleCommon()
    settings: Settings | None = None
    """Those of the policy that it was written in, where that is an extended one."""


@attrs.frozen
class NamedSelector:
    """A selector with a name."""

    selector: SelectorRef
    settings: Settings | None = None


Locate = Callable[[Path], tuple[Document, Path]]


@attrs.frozen
class Policy:
    """A policy with all that it extends merged in."""

    meta: Metadata
    attributes: Mapping[str, AttributeType] = attrs.field(factory=dict)
    events: Mapping[str, NamedSelector] = attrs.field(factory=dict)
    calendars: Mapping[str, CalendarTable] = attrs.field(factory=dict)
    rules: Mapping[str, Rule] = attrs.field(factory=dict)
    own: Mapping[tuple[str, str], frozenset[str]] | None = None
    """The tables and keys that the file itself wrote where it extends others; None is all."""
    replaced: Mapping[tuple[str, str], Any] = attrs.field(factory=dict, eq=False, repr=False)
    """What was inherited in the place of selectors, calendars and attributes that the file defines anew."""
    notices: tuple[Notice, ...] = attrs.field(default=(), eq=False)
    """What its author should know, although it is no fault."""
    locate: Locate | None = attrs.field(default=None, eq=False, repr=False)
    files: tuple[FilePath, ...] = attrs.field(default=(), eq=False, repr=False)
    """The files that it was read from, its own first, then those of what it extends and of industries."""

    @property
    def id(self) -> str:
        """The policy's id."""
        return self.meta.id

    @property
    def settings(self) -> Settings:
        """What the policy sets for its own rules."""
        return settings_of(self.meta)


def settings_of(meta: Metadata, document: Document | None = None) -> Settings:
    """Return what a policy's metadata sets for its rules, and the place: with the file, if it is another."""
    origin = {}
    if document is not None:
        for name in ("timezone", "calendar", "per", "effective"):
            if getattr(meta, name) is not None:
                origin[name] = (document, ("policy", name))
    return Settings(meta.timezone, meta.calendar, meta.per, meta.effective, meta.industry, origin)
