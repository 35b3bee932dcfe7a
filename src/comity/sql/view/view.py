"""A plan as one statement: the events of a table, the steps of each rule, and everything that is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from comity.clock.instants import DAY
from comity.events.channels.channel import Channels
from comity.plan import Plan
from comity.records import frozen
from comity.sql.compiler import EVENTS, MATTERS, Compiled, Range, compile_plan
from comity.sql.dialects.dialect import Dialect
from comity.sql.readings import MATTER, ScopeText
from comity.sql.refused import CannotCompile, NotCompiled, Refusal
from comity.sql.statement import Step, joined
from comity.sql.view.typed_columns import LogField, TypedColumns

STRETCHES: Final = "comity_stretches"
"""The table of stretches, which must be there: `comity sql --stretches` makes it."""
_READ: Final = '"comity_read"'
_FOUND: Final = '"comity_found"'


@frozen
class View:
    """A plan as a statement for one dialect."""

    statement: str
    """A query of the columns `rule`, `status`, `person`, `event`, `at`, `matter` and `due`; instants are
    microseconds UTC."""
    compiled: Compiled


def view_of(
    plan: Plan,
    dialect: Dialect,
    channels: Channels,
    table: str,
    order_by: str,
    fields: Mapping[str, LogField],
    comments: Mapping[str, str],
    stretches: str = STRETCHES,
) -> View:
    """Return a plan as one statement over a table; raises NotCompiled with each rule that cannot be one.

    `table` and `stretches` are written as they are.
    """
    refused: list[Refusal] = []
    columns = TypedColumns(dialect, channels, fields)
    for rule in plan.rules:
        try:
            alone = compile_plan(attrs.evolve(plan, rules=(rule,)), dialect)
            for reading in alone.readings.names:
                columns.expression(reading)
            if rule.zone_sources:
                raise CannotCompile("zones that a plugin finds by attributes of an event")
        except NotCompiled as error:
            refused += error.refusals
        except CannotCompile as error:
            refused.append(Refusal(rule.policy, rule.id, str(error)))
    if refused:
        raise NotCompiled(*refused)
    compiled = compile_plan(plan, dialect, Range(), comments=comments)
    steps = [*_events(compiled, columns, table, order_by, stretches), *compiled.shared]
    for each in compiled.rules:
        steps += each.steps
    everything = "\nUNION ALL\n".join(each.findings for each in compiled.rules)
    steps.append(Step(_FOUND, everything or _nothing(dialect), "everything that is found"))
    shown = (
        f'SELECT {_FOUND}."rule", {_FOUND}."status", {_READ}."person", {_READ}."event", {_READ}."at", '
        f'{_FOUND}."matter", {_FOUND}."due"\n'
        f'FROM {_FOUND} JOIN {_READ} ON {_READ}."seq" = {_FOUND}."seq"'
    )
    if compiled.clocks.names:
        shown += f"\nUNION ALL\n{_uncovered(dialect)}"
    return View(dialect.written(joined(steps, shown)), compiled)


def _moved(name: str) -> str:
    """Return what a clock shows that may go on within its stretch."""
    return f's."{name}" + CASE WHEN s."{name}_moves" = 1 THEN {_READ}."at" - s."begins" ELSE 0 END'


def _nothing(dialect: Dialect) -> str:
    null = dialect.no_number()
    texts = """'' AS "rule", '' AS "matter", '' AS "status\""""
    return f'SELECT {texts}, {null} AS "seq", {null} AS "due" WHERE 1 = 0'


def _uncovered(dialect: Dialect) -> str:
    """Return the query of the events whose zone or day the table of stretches does not have."""
    event = f'{_READ}."person", {_READ}."event", {_READ}."at"'
    return (
        f"SELECT '', 'indeterminate', {event}, '', {dialect.no_number()}\n"
        f'FROM {_READ}\nWHERE {_READ}."seq" NOT IN (SELECT "seq" FROM {EVENTS})'
    )


def _events(
    compiled: Compiled, columns: TypedColumns, table: str, order_by: str, stretches: str
) -> list[Step]:
    """Return the steps that read the table and look up what clocks show."""
    dialect = compiled.dialect
    at = dialect.instant.format(columns.value("at"))
    chosen = [
        f'ROW_NUMBER() OVER (ORDER BY "log"."{order_by}") AS "seq"',
        f'{at} AS "at"',
        f'{columns.text("person")} AS "person"',
        f'{columns.text("id")} AS "event"',
        f"COALESCE({columns.text('timezone')}, '') AS \"zone\"",
    ]
    readings = compiled.readings.names.items()
    chosen += [f'{columns.expression(reading)} AS "{name}"' for reading, name in readings]
    listed = ",\n  ".join(chosen)
    where = f"{columns.text('person')} IS NOT NULL AND {at} IS NOT NULL"
    rows = f'FROM {table} "log"\nWHERE {where}'
    read = Step(_READ, f"SELECT {listed}\n{rows}", "the events of the table")
    steps = [read]
    if compiled.clocks.names:
        day = dialect.day_of(f'{_READ}."at"', DAY)
        shown = [
            f'{_moved(name)} AS "{name}"' if clock.moves else f's."{name}"'
            for clock, name in compiled.clocks.names.items()
        ]
        met = (
            f's."zone" = {_READ}."zone" AND s."uday" = {day}\n'
            f'  AND {_READ}."at" >= s."begins" AND {_READ}."at" < s."ends"'
        )
        sql = f"SELECT {_READ}.*, {', '.join(shown)}\nFROM {_READ} JOIN {stretches} s ON {met}"
        steps.append(Step(EVENTS, sql, "what the clocks of the rules show at each event"))
    else:
        steps.append(Step(EVENTS, f"SELECT * FROM {_READ}"))
    if compiled.readings.matters:
        matter = columns.expression(ScopeText("matter"))
        numbered = f'ROW_NUMBER() OVER (ORDER BY "log"."{order_by}") AS "seq"'
        sql = f"SELECT {numbered}, {matter} AS {MATTER}\n{rows}"
        steps.append(Step(MATTERS, sql, "one matter for each event"))
    return steps
