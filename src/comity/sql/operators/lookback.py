"""Enough earlier events of a sort: within a span, since the last reset, and with their deadline passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from comity.plan import Different, FieldSpan, Lookup, Span
from comity.records import define, frozen
from comity.sql.operators.values import own_value
from comity.sql.rule_steps import AT, BEFORE, UP_TO, RuleSteps


@frozen
class Looked:
    """One look back: the columns of its events and resets, and how many events must be there."""

    event: str
    """The column that says whether an event is one, in quotes."""
    reset: str | None
    at_least: int
    within: Span | FieldSpan | None
    after: Span | None = None
    distinct: Different | None = None

    @classmethod
    def of(cls, steps: RuleSteps, lookup: Lookup) -> Looked:
        """Make one of a lookup of the plan."""
        event, reset = steps.flag(lookup.event), steps.holds(lookup.reset)
        return cls(event, reset, lookup.at_least, lookup.within, lookup.after, lookup.distinct)

    def columns(self, steps: RuleSteps, number: int) -> dict[str, str]:
        """Return the columns of an event that the look back needs."""
        found: dict[str, str] = {}
        if isinstance(self.within, Span):
            found[f"start_{number}"] = steps.start(self.within)
        elif isinstance(self.within, FieldSpan):
            found[f"leave_{number}"] = steps.leave(self.within)
        if self.after is not None:
            found[f"cut_{number}"] = steps.clocks.cut(steps.zone, self.after, AT)
        if self.distinct is not None:
            found[f"value_{number}"] = own_value(steps, self.distinct)
        return found


@define
class _Levels:
    """Columns that are worked out of events in turn: those of a level need those of the levels before."""

    levels: tuple[dict[str, str], ...] = attrs.field(factory=lambda: ({}, {}, {}))

    def add(self, level: int, name: str, expression: str) -> None:
        """Add a column to a level."""
        self.levels[level][name] = expression


def look_back(
    steps: RuleSteps, looks: Sequence[Looked], flags: Sequence[str | None] = (), **further: str
) -> tuple[str, list[str]]:
    """Add the steps of some look backs; returns a relation, and for each the condition that it finds enough.

    The relation has the judged events, beside others maybe; its column `judged` tells. `flags` are further
    flags by which events play a part, `further` are columns that the flags of looks may name.
    """
    columns = dict(further)
    levels = _Levels()
    for number, look in enumerate(looks):
        columns |= look.columns(steps, number)
        _add_columns(steps, levels, number, look)
    if any(look.distinct is not None for look in looks):
        levels.add(0, "place", f"ROW_NUMBER() {steps.over()}")
    plays = [flag for look in looks for flag in (look.event, look.reset)]
    own = [f'"{name}"' for name in further]
    relation = steps.rows(*flags, *(flag for flag in plays if flag not in own), **columns)
    for level in levels.levels:
        relation = steps.more(relation, level)
    return _last_steps(steps, looks, relation)


def _add_columns(steps: RuleSteps, levels: _Levels, number: int, look: Looked) -> None:
    event, reset = f"{look.event} = 1", f"{look.reset} = 1"
    if isinstance(look.within, FieldSpan):
        further = []
        if look.reset is not None:
            levels.add(0, f"resets_{number}", steps.number(look.reset, steps.over(UP_TO)))
            further.append(f'"resets_{number}"')
        latest = f'MAX(CASE WHEN {event} THEN "leave_{number}" END) {steps.over(UP_TO, *further)}'
        # What is latest since the reset, as of the event before: one that resets may be selected, too.
        levels.add(1, f"latest_{number}", latest)
        levels.add(2, f"open_{number}", f'LAG("latest_{number}", 1) {steps.over()}')
        return
    if look.distinct is not None:
        if look.reset is not None:
            last = f'MAX(CASE WHEN {reset} THEN "place" END) {steps.over(BEFORE)}'
            levels.add(1, f"since_{number}", f"COALESCE({last}, 0)")
        return
    if look.reset is not None or look.after is not None:
        levels.add(0, f"count_{number}", steps.number(look.event, steps.over(BEFORE)))
    if look.reset is not None:
        base = f'MAX(CASE WHEN {reset} THEN "count_{number}" END) {steps.over(BEFORE)}'
        levels.add(1, f"base_{number}", f"COALESCE({base}, 0)")
    if look.after is None:
        nth = AT
        if look.at_least > 1:
            levels.add(0, f"lag_{number}", f"LAG({AT}, {look.at_least - 1}) {steps.over('', look.event)}")
            nth = f'"lag_{number}"'
        level = 1 if look.at_least > 1 or look.reset is not None else 0
        levels.add(level, f"nth_{number}", f"MAX(CASE WHEN {event} THEN {nth} END) {steps.over(BEFORE)}")


def _last_steps(steps: RuleSteps, looks: Sequence[Looked], relation: str) -> tuple[str, list[str]]:
    """Add what takes a step for each look back; returns the last relation, and the conditions."""
    rows, kept = relation, [f'"{name}"' for number, look in enumerate(looks) for name in _kept(number, look)]
    if any(look.distinct is not None for look in looks):
        kept.append('"place"')
    conditions = []
    for number, look in enumerate(looks):
        if look.after is not None:
            values: Mapping[str, str] = {f"seen_{number}": f'"count_{number}" + 1', f"last_{number}": AT}
            cut, met = f'"cut_{number}"', f"{look.event} = 1"
            relation = steps.probe(relation, kept, rows, values, met, cut)
            kept += [f'"{name}"' for name in values]
        elif look.distinct is not None:
            start = f'"start_{number}"' if isinstance(look.within, Span) else None
            since = None if look.reset is None else f'"since_{number}"'
            relation = steps.different(relation, kept, rows, look.event, number, since, start)
            kept += [f'"different_{number}"', f'"shared_{number}"']
        conditions.append(_condition(number, look))
    return relation, conditions


def _kept(number: int, look: Looked) -> list[str]:
    """Return the columns that later steps and the condition need."""
    names = []
    if isinstance(look.within, Span):
        names.append(f"start_{number}")
    if isinstance(look.within, FieldSpan):
        return [f"open_{number}"]
    if look.distinct is not None:
        return [*names, f"value_{number}", *([f"since_{number}"] if look.reset is not None else [])]
    if look.reset is not None:
        names.append(f"base_{number}")
    if look.after is not None:
        return [*names, f"cut_{number}"]
    return [*names, f"nth_{number}", *([f"count_{number}"] if look.reset is not None else [])]


def _condition(number: int, look: Looked) -> str:
    """Return the condition that there are enough, which is never unknown."""
    if isinstance(look.within, FieldSpan):
        return f'COALESCE("open_{number}", {AT}) > {AT}'
    if look.distinct is not None:
        return f'"different_{number}" >= {look.at_least}'
    nth = f'"{"nth" if look.after is None else "last"}_{number}"'
    met = [f"{nth} IS NOT NULL"]
    if isinstance(look.within, Span):
        met.append(f'{nth} >= "start_{number}"')
    if look.reset is not None:
        if look.after is None:
            met.append(f'"count_{number}" - "base_{number}" >= {look.at_least}')
        else:
            met.append(f'"seen_{number}" > "base_{number}"')
    return " AND ".join(met)
