"""Values of declared attributes that cannot be read, counted by attribute and by rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

import numpy as np

from comity.columnar.arrays import Bools
from comity.columnar.scan.block_selectors import BlockSelectors
from comity.columnar.scan.column_plan import ColumnPlan
from comity.columns.event_columns import Coded, EventColumns
from comity.plan import AllOf, AnyOf, Not, Preceded, Selector
from comity.plan.selectors import Field, FieldTest, over_parts
from comity.plan.unread import joined_text, show_value
from comity.plan.unread_counts import UnreadCounts
from comity.plan.values import is_unreadable


def find_unread(column_plan: ColumnPlan, columns: EventColumns, reader: BlockSelectors) -> UnreadCounts:
    """Return the counts of some events; it checks each distinct value of a column once."""
    found, rows = UnreadCounts(), dict[Field, Bools]()
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
            rows[field] = bad[coded.codes]
            found.count(f"{policy}/{field.name}", min(shown), int(counts[bad].sum()))
    if rows:
        _count_by_rule(found, column_plan, reader, rows)
    for policy, field, whole in column_plan.several:
        coded = columns.attributes.get(field.name)
        if coded is not None and len(coded.codes):
            _count_joined(found, f"{policy}/{field.name}", coded, whole)
    return found


def _count_joined(found: UnreadCounts, name: str, coded: Coded, whole: frozenset[object]) -> None:
    joined = {code: text for code, raw in enumerate(coded.values) if (text := joined_text(raw, whole))}
    if joined:
        counts = np.bincount(coded.codes, minlength=len(coded.values)).tolist()
        for code, text in joined.items():
            if counts[code]:
                found.count_joined(name, text, counts[code])


def _count_by_rule(
    found: UnreadCounts, column_plan: ColumnPlan, reader: BlockSelectors, rows: Mapping[Field, Bools]
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
                    found.count_for(number, reading.field.name, count)


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
