"""What an operator sees of one rule while its steps are written, in the narrow subset that all dialects have.

Steps use frames of ROWS that begin or end with the scope, LAG, ROW_NUMBER, MAX, MIN, SUM, COUNT, CASE, UNION
ALL and equi-joins. They use no frame of RANGE, no QUALIFY, no IGNORE NULLS, no FILTER, no as-of join and no
interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import attrs

from comity.plan import FieldSpan, Selector, Span
from comity.plan.plan import Absent
from comity.records import define
from comity.sql.clocks import Clocks, ZoneReading
from comity.sql.dialects.dialect import Dialect
from comity.sql.readings import OwnInstant, Readings, ScopeText
from comity.sql.statement import Step, quoted

AT: Final = '"at"'
SEQ: Final = '"seq"'
JUDGED: Final = '"judged"'
BEFORE: Final = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
UP_TO: Final = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
AFTER: Final = "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
_EVERY: Final = "1 = 1"


@define
class RuleSteps:
    """The steps of a rule, or of a look back, so far."""

    name: str
    """The name of the rule, without quotes; its steps are numbered."""
    dialect: Dialect
    clocks: Clocks
    readings: Readings
    zone: ZoneReading
    per: tuple[str, ...]
    absent: Absent
    source: str
    """The relation with the columns of all events."""
    flag: Callable[[Selector], str]
    """Returns the name of the column that says whether a selector holds, in quotes."""
    judged: str | None = None
    """The column of the judged events; None if all are."""
    limits: str = ""
    """A further condition on them, or none."""
    comment: str = ""
    played: str = ""
    """The step of the events that play a part, in quotes; empty before there is one."""
    steps: list[Step] = attrs.field(factory=list)

    def holds(self, selector: Selector | None) -> str | None:
        """Return the column that says whether a selector holds; None for no selector."""
        return None if selector is None else self.flag(selector)

    def step(self, sql: str) -> str:
        """Add a step; returns its name, in quotes."""
        name = quoted(f"{self.name}_{len(self.steps) + 1}" if self.steps else self.name)
        self.steps.append(Step(name, sql, "" if self.steps else self.comment))
        return name

    def scope(self) -> list[str]:
        """Return the columns that make a scope."""
        columns = [self.readings.column(ScopeText(name)) for name in self.per]
        return [*columns, '"alone"'] if self._apart() else columns

    def _apart(self) -> bool:
        return self.absent == "alone" and any(name != "person" for name in self.per)

    def rows(self, *flags: str | None, **columns: str) -> str:
        """Add the step of the events that play a part: those with one of some flags, and the judged ones.

        `columns` are further ones, by name. The column `judged` says which events are judged.
        """
        plays = list(dict.fromkeys(flag for flag in (*flags, self.judged) if flag is not None))
        texts = [self.readings.column(ScopeText(name)) for name in self.per]
        lacking = " OR ".join(
            f"{text} = ''" for name, text in zip(self.per, texts, strict=True) if name != "person"
        )
        chosen = list(dict.fromkeys([SEQ, AT, *texts, *plays]))
        if self._apart():
            chosen.append(f'CASE WHEN {lacking} THEN {SEQ} ELSE -1 END AS "alone"')
        judged = _EVERY if self.judged is None else f"{self.judged} = 1{self.limits}"
        chosen.append(f"CASE WHEN {judged} THEN 1 ELSE 0 END AS {JUDGED}")
        chosen += [f'{expression} AS "{name}"' for name, expression in columns.items()]
        where = _EVERY if self.judged is None else " OR ".join(f"{flag} = 1" for flag in plays)
        if self.absent == "skip" and lacking:
            where = f"({where}) AND NOT ({lacking})"
        condition = "" if where == _EVERY else f"\nWHERE {where}"
        self.played = self.step(f"SELECT {', '.join(chosen)}\nFROM {self.source}{condition}")
        return self.played

    def more(self, relation: str, columns: Mapping[str, str]) -> str:
        """Add a step with further columns, by name, beside those of a relation; none if there are none."""
        if not columns:
            return relation
        further = ",\n  ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
        return self.step(f"SELECT {relation}.*,\n  {further}\nFROM {relation}")

    def over(self, frame: str = "", *further: str, order: str = f"{AT}, {SEQ}") -> str:
        """Return the window of a scope, or of a part of it, in the order of events."""
        parts = [*self.scope(), *further]
        by = f"PARTITION BY {', '.join(parts)} " if parts else ""
        return f"OVER ({by}ORDER BY {order}{' ' + frame if frame else ''})"

    def number(self, flag: str, window: str) -> str:
        """Return how many events of a window have a flag; it is never null, and 64 bits wide."""
        return self.dialect.counted.format(f"COUNT(CASE WHEN {flag} = 1 THEN 1 END) {window}")

    def at_instant(self) -> str:
        """Return the window of the events of one instant in a scope."""
        return f"OVER (PARTITION BY {', '.join([*self.scope(), AT])})"

    def start(self, span: Span) -> str:
        """Return the first instant within a span, looking back from an event."""
        return self.clocks.start(self.zone, span, AT)

    def due(self, span: Span | FieldSpan) -> str:
        """Return the last instant of a deadline that runs from an event, null where a field names none."""
        if not isinstance(span, FieldSpan):
            return self.clocks.due(self.zone, span, AT)
        own = self.readings.column(OwnInstant(span.field, "deadline", self.zone, span.offset))
        return self._own(own, span, self.clocks.due)

    def leave(self, span: FieldSpan) -> str:
        """Return the first instant from which an event is no longer within a span, null where none is."""
        own = self.readings.column(OwnInstant(span.field, "leave", self.zone, span.offset))
        return self._own(own, span, self.clocks.leave)

    def _own(self, own: str, span: FieldSpan, further: Callable[[ZoneReading, Span, str], str]) -> str:
        moved = f"{own} + {span.shift}" if span.shift else own
        if span.otherwise is None:
            return moved
        return f"CASE WHEN {own} IS NULL THEN {further(self.zone, span.otherwise, AT)} ELSE {moved} END"

    def probe(
        self,
        asked: str,
        kept: Iterable[str],
        rows: str,
        values: Mapping[str, str],
        condition: str,
        instant: str,
        *,
        through: bool = False,
    ) -> str:
        """Add a step with the values that each judged row of `asked` finds at an instant of its own.

        That is the largest of each value among the rows of its scope that meet a condition, before the
        instant (`through`: and at it); null if there are none. `kept` are columns of whole numbers that stay.
        """
        kept, scope = [SEQ, AT, JUDGED, *kept], self.scope()
        side, none = (2 if through else 0), self.dialect.no_number()
        mine = [*scope, *kept, f'{instant} AS "when"', f'{side} AS "side"']
        # No column has the name of another that is made of it: some databases would take one for the other.
        mine += [f'{none} AS "own_{name}"' for name in values]
        own = [f'{AT} AS "own_at"']
        own += [f'{expression} AS "own_{name}"' for name, expression in values.items()]
        theirs = [*scope, *(f"0 AS {column}" for column in kept), '"own_at" AS "when"', '1 AS "side"']
        theirs += [f'"own_{name}"' for name in values]
        past = f"SELECT {', '.join([*scope, *own])} FROM {rows} WHERE {condition}"
        window = self.over(UP_TO, order='"when", "side"')
        found = [f'MAX("own_{name}") {window} AS "{name}"' for name in values]
        names = [*scope, *kept, *(f'"{name}"' for name in values)]
        return self.step(
            f"SELECT {', '.join(names)}\nFROM (\n"
            f'  SELECT {", ".join([*scope, *kept])}, "side",\n    {", ".join(found)}\n  FROM (\n'
            f"    SELECT {', '.join(mine)}\n    FROM {asked} WHERE {JUDGED} = 1\n    UNION ALL\n"
            f'    SELECT {", ".join(theirs)}\n    FROM ({past}) "past"\n'
            f'  ) "merged"\n) "seen"\nWHERE "side" = {side}'
        )

    def different(
        self,
        asked: str,
        kept: Iterable[str],
        rows: str,
        event: str,
        number: int,
        since: str | None,
        start: str | None,
    ) -> str:
        """Add a step with how many different values the earlier events of each judged row of `asked` have.

        These are the events of `rows` from a place and an instant on, which are columns. The column
        `different_N` has their number; `shared_N` says whether the row's own value is among them.
        """
        names = [*self.scope(), SEQ, AT, JUDGED, *kept]
        mine = [f'"mine".{name}' for name in names]
        equal = [f'"theirs".{name} = "mine".{name}' for name in self.scope()]
        met = [
            *equal,
            f'"theirs".{event} = 1',
            '"theirs"."place" < "mine"."place"',
            *([] if since is None else [f'"theirs"."place" >= "mine".{since}']),
            *([] if start is None else [f'"theirs".{AT} >= "mine".{start}']),
        ]
        value = f'"value_{number}"'
        other = f'CASE WHEN "theirs".{event} = 1 THEN "theirs".{value} END'
        return self.step(
            f"SELECT {', '.join(mine)},\n"
            f'  COUNT(DISTINCT {other}) AS "different_{number}",\n'
            f'  MAX(CASE WHEN {other} = "mine".{value} THEN 1 ELSE 0 END) AS "shared_{number}"\n'
            f'FROM {asked} "mine" LEFT JOIN {rows} "theirs" ON {" AND ".join(met)}\n'
            f'WHERE "mine".{JUDGED} = 1\nGROUP BY {", ".join(mine)}'
        )
