"""Values of declared attributes that cannot be read, counted by attribute and by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import assert_never

import attrs
import numpy as np

from comity.columnar.arrays import Bools
from comity.columnar.scan.block_selectors import BlockSelectors
from comity.columnar.scan.column_plan import ColumnPlan
from comity.columns.event_columns import EventColumns
from comity.plan import AllOf, AnyOf, Not, Preceded, Selector
from comity.plan.selectors import Field, FieldTest, over_parts
from comity.plan.unread import show_value
from comity.plan.values import is_unreadable


@attrs.define(eq=False)
class Unread:
    """Counts of values that cannot be read, with one example of each attribute."""

    by_attribute: Counter[str] = attrs.field(factory=Counter)
    """By `policy/attribute`."""
    by_rule: Counter[tuple[int, str]] = attrs.field(factory=Counter)
    """By the number of the rule and the attribute."""
    examples: dict[str, str] = attrs.field(factory=dict)
    """For `policy/attribute`, the first unreadable value in the order of texts."""

    def add(self, other: Unread) -> None:
        """Add the counts of other events."""
        self.by_attribute.update(other.by_attribute)
        self.by_rule.update(other.by_rule)
        for name, shown in other.examples.items():
            self.examples[name] = min(self.examples.get(name, shown), shown)


def find_unread(column_plan: ColumnPlan, columns: EventColumns, reader: BlockSelectors) -> Unread:
    """Return the counts of some events; it checks each distinct value of a column once."""
    found, rows = Unread(), dict[Field, Bools]()
    for policy, field in column_plan.plan.typed:
        coded = columns.attributes.get(field.name)
        if coded is None or not len(coded.codes):
            continue
        bad = np.array([is_unreadable(raw, field) for raw in coded.values] or [False], np.bool_)
        if not bad.any():
            continue
        counts = np.bincount(coded.codes, minlength=len(bad))
        shown = [show_value(coded.values[code]) for code in np.flatnonzero(bad & (counts > 0)).tolist()]
        if shown:
            name = f"{policy}/{field.name}"
            rows[field] = bad[coded.codes]
            found.by_attribute[name] += int(counts[bad].sum())
            found.examples[name] = min([*shown, *filter(None, [found.examples.get(name)])])
    if rows:
        _count_by_rule(found, column_plan, reader, rows)
    return found


def _count_by_rule(
    found: Unread, column_plan: ColumnPlan, reader: BlockSelectors, rows: Mapping[Field, Bools]
) -> None:
    for number, readings in enumerate(column_plan.readings):
        for reading in readings:
            if reading.field in rows:
                weighed = [_weigh(each, reader, rows)[1] for each in reading.asked]
                for each in reading.dated:
                    holds, unknown = _weigh(each, reader, rows)
                    weighed.append(holds | unknown)
                hangs = np.logical_or.reduce(weighed) & rows[reading.field]
                if count := int(np.count_nonzero(hangs)):
                    found.by_rule[number, reading.field.name] += count


def _weigh(selector: Selector, reader: BlockSelectors, unread: Mapping[Field, Bools]) -> tuple[Bools, Bools]:
    """Return for each event whether a selector holds, and whether that is unknown."""

    def weighed(part: Selector, of: Callable[[Selector], tuple[Bools, Bools]]) -> tuple[Bools, Bools]:
        match part:
            case FieldTest():
                holds, unknown = reader.holds(part), np.zeros(0, np.bool_)
                for field in part.fields():
                    if field in unread:
                        unknown = unread[field] if not len(unknown) else unknown | unread[field]
                if not len(unknown):
                    return holds, np.zeros_like(holds)
                return holds & ~unknown, unknown
            case Not(selector=inner):
                holds, unknown = of(inner)
                return ~holds & ~unknown, unknown
            case AllOf(selectors=parts):
                every = reader.holds(AllOf(()))
                possible = every.copy()
                for each in parts:
                    holds, unknown = of(each)
                    every, possible = every & holds, possible & (holds | unknown)
                return every, possible & ~every
            case AnyOf(selectors=parts):
                some = reader.holds(AnyOf(()))
                possible = some.copy()
                for each in parts:
                    holds, unknown = of(each)
                    some, possible = some | holds, possible | holds | unknown
                return some, possible & ~some
            case Preceded():
                raise AssertionError("INVARIANT: readings do not look back")
            case _:
                assert_never(part)

    return over_parts(selector, weighed)
