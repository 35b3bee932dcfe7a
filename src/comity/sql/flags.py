"""Selectors as columns of 1 and 0: each is worked out once, after those that it looks back with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import assert_never

import attrs

from comity.plan import AllOf, AnyOf, Not, Preceded, Selector
from comity.plan.selectors import FieldTest, over_parts
from comity.records import define
from comity.sql.readings import Readings, Tested
from comity.sql.refused import CannotCompile
from comity.sql.statement import Step, quoted

_COLUMN = re.compile(r'"[^"]+"')
_LONGEST = 20_000
"""A selector of more characters is refused: some databases take no longer ones."""


@define
class Flags:
    """The columns of selectors so far, in levels: those of a level look back at those before."""

    readings: Readings
    source: str
    """The relation of all events, in quotes."""
    look: Callable[[str, str, Preceded], tuple[list[Step], str]]
    """Gets the name of a look back, a relation and the look back.

    It returns the steps, and the relation that has the `seq` of the events for which the look back holds.
    """
    steps: list[Step] = attrs.field(factory=list)
    _names: dict[Selector, str] = attrs.field(factory=dict)
    _looks: dict[Preceded, str] = attrs.field(factory=dict)
    _waiting: dict[str, str] = attrs.field(factory=dict)
    """Columns that the next level gets, by name."""

    def column(self, selector: Selector) -> str:
        """Return the name of the column of a selector, in quotes."""
        found = self._names.get(selector)
        if found is not None:
            return found
        condition = self._condition(selector)
        own = condition.removesuffix(" = 1")
        if _COLUMN.fullmatch(own):  # The column of a reading says the same.
            name = own
        else:
            name = quoted(f"is_{len(self._names) + 1}")
            self._waiting[name] = f"CASE WHEN {condition} THEN 1 ELSE 0 END"
        self._names[selector] = name
        return name

    def relation(self) -> str:
        """Return the relation that has the columns of all selectors so far, in quotes."""
        if self._waiting:
            columns = ",\n  ".join(f"{expression} AS {name}" for name, expression in self._waiting.items())
            self._level(f"SELECT {self.source}.*,\n  {columns}\nFROM {self.source}")
            self._waiting = {}
        return self.source

    def _level(self, sql: str) -> None:
        self.source = quoted(f"marked_{len(self.steps) + 1}")
        self.steps.append(Step(self.source, sql))

    def _condition(self, selector: Selector) -> str:
        """Return the condition that a selector holds, which is never unknown."""

        def written(part: Selector, of: Callable[[Selector], str]) -> str:
            found = parts_of(part, of)
            if len(found) > _LONGEST:
                raise CannotCompile(f"a selector becomes a condition of more than {_LONGEST:,} characters")
            return found

        def parts_of(part: Selector, of: Callable[[Selector], str]) -> str:
            match part:
                case FieldTest():
                    return f"{self.readings.column(Tested(part))} = 1"
                case Not(selector=inner):
                    return f"NOT ({of(inner)})"
                case AllOf(selectors=parts):
                    return " AND ".join(f"({of(each)})" for each in parts) or "1 = 1"
                case AnyOf(selectors=parts):
                    return " OR ".join(f"({of(each)})" for each in parts) or "1 = 0"
                case Preceded():
                    return f"{self._preceded(part)} = 1"
                case _:
                    assert_never(part)

        return over_parts(selector, written)

    def _preceded(self, look: Preceded) -> str:
        """Return the column of a look back: what it needs comes in a level before."""
        found = self._looks.get(look)
        if found is None:
            for inner in look.parts():
                self.column(inner)
            name = f"before_{len(self._looks) + 1}"
            found = self._looks[look] = quoted(f"is_{name}")
            source = self.relation()
            steps, holds = self.look(name, source, look)
            self.steps += steps
            # Not every database has null where nothing is joined.
            flag = f'CASE WHEN {holds}."seq" = {source}."seq" THEN 1 ELSE 0 END AS {found}'
            join = f'LEFT JOIN {holds} ON {holds}."seq" = {source}."seq"'
            self._level(f"SELECT {source}.*, {flag}\nFROM {source} {join}")
        return found
