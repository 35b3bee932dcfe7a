"""Selectors over the columns of a block: whether each of its events meets one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, assert_never

import numpy as np

from comity.clock.instants import format_instant
from comity.columnar.arrays import Bools, Codes
from comity.columnar.scan.field_pairs import Stretches, compare_columns, compare_stretches, read_stretches
from comity.columnar.scan.zone_texts import zone_texts
from comity.columns.arrow_arrays import encoded
from comity.columns.event_columns import Coded, EventColumns
from comity.events.channels.channel import Channels
from comity.events.fields import FOLDED, fold
from comity.events.values import attribute_text
from comity.plan import AllOf, AnyOf, Compare, Exists, Like, Not, OneOf, Preceded, Selector
from comity.plan.field_pairs import form_of, pair_test
from comity.plan.selectors import CompareFields, Field, over_parts
from comity.plan.values import TestOfOne, attribute_values, field_test
from comity.texts.identity import identity

T = TypeVar("T")


def canonical_text(name: str, text: str | None, channels: Channels) -> str | None:
    """Return the form in which the text of a field is compared: canonical if the field is folded."""
    if text is None or name not in FOLDED:
        return text
    return channels.canonical(name, text) or None


class BlockSelectors:
    """Evaluates selectors for the events of a block."""

    def __init__(self, columns: EventColumns, channels: Channels) -> None:
        self._columns = columns
        self._channels = channels
        self._coded: dict[tuple[str, bool], Coded] = {}

    def holds(self, selector: Selector) -> Bools:
        """Return for each event whether a selector holds, which must not look back."""
        count = len(self._columns)

        def verdicts(part: Selector, of: Callable[[Selector], Bools]) -> Bools:
            match part:
                case CompareFields():
                    return self._compare(part)
                case OneOf() | Exists() | Compare() | Like():
                    return self._test(part)
                case Not(selector=inner):
                    return ~of(inner)
                case AllOf(selectors=parts):
                    met = np.ones(count, np.bool_)
                    for each in parts:
                        met &= of(each)
                    return met
                case AnyOf(selectors=parts):
                    met = np.zeros(count, np.bool_)
                    for each in parts:
                        met |= of(each)
                    return met
                case Preceded():
                    raise AssertionError("INVARIANT: selectors in masks do not look back")
                case _:
                    assert_never(part)

        return over_parts(selector, verdicts)

    def _test(self, test: TestOfOne) -> Bools:
        field, holds = test.field, field_test(test)
        if field.name == "at" and not field.attribute:
            return self._test_instants(test, holds)
        coded = self.values(field.name, attribute=field.attribute)
        read = self.reading(field)
        return np.array([holds(read(value)) for value in coded.values] or [False], np.bool_)[coded.codes]

    def _compare(self, part: CompareFields) -> Bools:
        if part.field.type == "instant":
            one, other = self._stretches(part.field, part), self._stretches(part.other, part)
            return compare_stretches(part.relation, one, other)
        columns = self._read(part.field, part.other), self._read(part.other, part.field)
        return compare_columns(part.relation, *columns, pair_test(part.relation, of_instants=False))

    def _read(self, field: Field, other: Field) -> Coded:
        """Return tuples of a field's values in the form in which they are compared with those of another."""
        coded, read = self.values(field.name, attribute=field.attribute), self.reading(field)
        if field.type in ("number", "boolean"):
            return Coded(coded.codes, [read(value) for value in coded.values])
        form = form_of(field, other, self._channels)
        texts = [[form(text) for text in read(value)] for value in coded.values]
        return Coded(coded.codes, [tuple(text for text in found if text is not None) for found in texts])

    def _stretches(self, field: Field, part: CompareFields) -> Stretches:
        if not field.attribute:
            at = self._columns.at
            return at, at, np.ones(len(at), np.bool_)
        zones = zone_texts(self._columns, part.zone_sources)
        return read_stretches(part, self.values(field.name, attribute=True), zones)

    def reading(self, field: Field) -> Callable[[Any], tuple[Any, ...]]:
        """Return the function from a value of a column to the values that a test gets."""
        if field.attribute:
            return lambda raw: attribute_values(raw, field.type)
        if field.name == "matter":
            return tuple
        if field.name == "timezone":
            return lambda text: _one((text or "").strip() or None)
        return lambda text: _one(canonical_text(field.name, text, self._channels))

    def _test_instants(self, test: TestOfOne, holds: Callable[[Any], bool]) -> Bools:
        at = self._columns.at
        if isinstance(test, Compare) and isinstance(test.bound, int):
            compare = {"at-least": np.greater_equal, "at-most": np.less_equal}
            compare |= {"more-than": np.greater, "less-than": np.less}
            return np.asarray(compare[test.operator](at, test.bound), np.bool_)
        return np.array([holds((instant,)) for instant in at.tolist()], np.bool_)

    def values(self, name: str, *, attribute: bool) -> Coded:
        """Return the values of a field or attribute as the log has them; `medium` comes from the channel."""
        found = self._coded.get((name, attribute))
        if found is None:
            found = self._coded[name, attribute] = self._find(name, attribute=attribute)
        return found

    def _find(self, name: str, *, attribute: bool) -> Coded:
        columns, count = self._columns, len(self._columns)
        if attribute:
            return columns.attributes.get(name) or Coded(np.zeros(count, np.int32), [None])
        if name == "medium":
            channel = columns.fields["channel"]
            name_of, medium_of = self._channels.name, self._channels.medium
            return Coded(channel.codes, [medium_of(name_of(text)) for text in channel.values])
        if name in ("person", "id"):
            texts = columns.person if name == "person" else columns.ids
            return Coded(np.zeros(count, np.int32), [None]) if texts is None else Coded(*encoded(texts))
        return columns.fields[name]

    def scope_texts(self, name: str) -> Coded:
        """Return the texts of a field in scopes: canonical, None if it is absent."""
        if name == "at":
            codes, values = np.unique(self._columns.at, return_inverse=True)[::-1]
            return Coded(codes.astype(np.int32), [format_instant(at) for at in values.tolist()])
        if name in self._columns.fields or name in ("medium", "person", "id"):
            coded = self.values(name, attribute=False)
            if name == "timezone":
                return Coded(coded.codes, [(text or "").strip() or None for text in coded.values])
            return Coded(coded.codes, [canonical_text(name, text, self._channels) for text in coded.values])
        coded = self.values(name, attribute=True)
        texts = [None if raw is None else attribute_text(raw) for raw in coded.values]
        return Coded(coded.codes, [text and (identity(text) or None) for text in texts])

    def signature(self) -> tuple[Codes, list[tuple[str, str]]]:
        """Return codes and pairs of the kind and channel of each event, as messages name them."""
        kinds, channels = self._columns.fields["kind"], self._columns.fields["channel"]
        size = max(len(channels.values), 1)
        pairs = [
            (fold(kind), self._channels.name(channel)) for kind in kinds.values for channel in channels.values
        ]
        return kinds.codes * np.int32(size) + channels.codes, pairs


def _one(value: T | None) -> tuple[T, ...]:
    return () if value is None else (value,)
