"""Selectors over columns: a selector of the event alone is one bit in the mask of the event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, assert_never

import numpy as np

from comity.clock.instants import format_instant
from comity.columnar.arrays import Bools, Codes, Words
from comity.columnar.scan.field_pairs import Stretches, compare_columns, compare_stretches, read_stretches
from comity.columnar.scan.zone_texts import zone_texts
from comity.columns.arrow_arrays import encoded
from comity.columns.event_columns import ABSENT, Coded, EventColumns
from comity.events.census import MOST_SIGNATURES, Signature
from comity.events.channels.channel import Channels
from comity.events.fields import FOLDED, fold
from comity.events.values import attribute_text
from comity.plan import ALWAYS, NEVER, AllOf, AnyOf, Compare, Exists, Like, Not, OneOf, Preceded, Selector
from comity.plan.field_pairs import form_of, pair_test
from comity.plan.selectors import (
    CompareFields,
    Compound,
    Field,
    all_of,
    any_of,
    negate,
    over_parts,
    simplify,
    walk,
)
from comity.plan.values import TestOfOne, attribute_values, field_test
from comity.texts.identity import identity

SIGNATURE = ("kind", "channel", "direction", "outcome")
"""The fields with few values: selectors are decided once for each combination."""
_MOST_COMBINATIONS = 1 << 16
WORD = 64
T = TypeVar("T")


def looks_back(selector: Selector) -> bool:
    """Return whether a selector depends on earlier events."""
    return any(isinstance(part, Preceded) for part in walk(selector))


def bound(selector: Selector, *, upper: bool) -> Selector:
    """Return a selector of the event alone that holds if this one does (`upper`), or only if it does."""

    def both(
        part: Selector, of: Callable[[Selector], tuple[Selector, Selector]]
    ) -> tuple[Selector, Selector]:
        match part:
            case Preceded():
                return NEVER, ALWAYS
            case Not(selector=inner):
                least, most = of(inner)
                return negate(most), negate(least)
            case AllOf(selectors=parts):
                return all_of(*(of(each)[0] for each in parts)), all_of(*(of(each)[1] for each in parts))
            case AnyOf(selectors=parts):
                return any_of(*(of(each)[0] for each in parts)), any_of(*(of(each)[1] for each in parts))
            case _:
                return part, part

    return over_parts(selector, both)[upper]


class SelectorMasks:
    """The selectors of the masks, each with the number of its bit."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._numbers: dict[Selector, int] = {}
        self._decided: dict[tuple[tuple[str, str | None], ...], tuple[int, tuple[int, ...]]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, selector: Selector) -> None:
        """Add a selector: its largest parts that depend on the event alone."""
        waiting, seen = [selector], set[int]()
        while waiting:
            part = waiting.pop()
            if id(part) in seen:
                continue
            seen.add(id(part))
            if isinstance(part, Compound) and looks_back(part):
                waiting.extend(reversed(part.parts()))
            else:
                self._numbers.setdefault(part, len(self._numbers))

    def number(self, selector: Selector) -> int:
        """Return the number of a selector's bit."""
        return self._numbers[selector]

    def masks(self, columns: EventColumns) -> tuple[list[Words], Counter[Signature]]:
        """Return the masks of events, in words of 64 bits, and how many events have which signature."""
        count, words = len(columns), -(-len(self) // WORD)
        coded = {name: columns.fields[name] for name in SIGNATURE if name in columns.fields}
        size = 1
        for column in coded.values():
            size *= max(len(column.values), 1)
        if size > _MOST_COMBINATIONS:
            masks = [np.zeros(count, np.uint64) for _ in range(words)]
            asked = set(range(len(self)))
            alike = _count_alike(coded, count)
        else:
            masks, asked, alike = self._by_signature(coded, count, words)
        reader = BlockSelectors(columns, self._channels)
        selectors = list(self._numbers)
        for number in sorted(asked):
            masks[number // WORD] |= reader.holds(selectors[number]).astype(np.uint64) << np.uint64(
                number % WORD
            )
        return masks, alike

    def _by_signature(
        self, coded: dict[str, Coded], count: int, words: int
    ) -> tuple[list[Words], set[int], Counter[Signature]]:
        """Return the masks as far as signatures decide them.

        Also return the numbers of the selectors that they do not decide, and how many events have which
        signature.
        """
        combined = np.zeros(count, np.int32)
        size = 1
        for column in coded.values():
            combined += column.codes * np.int32(size)
            size *= max(len(column.values), 1)
        counts = np.bincount(combined, minlength=size)
        alike: Counter[Signature] = Counter()
        tables = [np.zeros(size, np.uint64) for _ in range(words)]
        asked: set[int] = set()
        for combination in np.flatnonzero(counts).tolist():
            rest, known = combination, {}
            for name, column in coded.items():
                rest, code = divmod(rest, max(len(column.values), 1))
                known[name] = column.values[code]
            alike[_signature(known)] += int(counts[combination])
            mask, open_ = self._decide(known)
            asked.update(open_)
            for word in range(words):
                tables[word][combination] = mask >> (WORD * word) & (1 << WORD) - 1
        return [table[combined] for table in tables], asked, alike

    def _decide(self, known: dict[str, str | None]) -> tuple[int, tuple[int, ...]]:
        key = tuple(known.items())
        found = self._decided.get(key)
        if found is None:
            canonical = {name: canonical_text(name, text, self._channels) for name, text in known.items()}
            if "channel" in canonical:
                canonical["medium"] = self._channels.medium(canonical["channel"] or "")
            mask, open_ = 0, []
            for selector, number in self._numbers.items():
                verdict = simplify(selector, canonical)
                if verdict == ALWAYS:
                    mask |= 1 << number
                elif verdict != NEVER:
                    open_.append(number)
            found = self._decided[key] = (mask, tuple(open_))
        return found


def _signature(known: Mapping[str, str | None]) -> Signature:
    kind, channel, direction = (known.get(name) or ABSENT[name] for name in SIGNATURE[:3])
    return kind, channel, direction, known.get("outcome")


def _count_alike(coded: dict[str, Coded], count: int) -> Counter[Signature]:
    """Count signatures of fields with many values; stop when there are more than `MOST_SIGNATURES`."""
    rows = np.zeros(count, np.int64)
    for column in coded.values():
        rows = np.unique(rows * max(len(column.values), 1) + column.codes, return_inverse=True)[1]
    _, first, counts = np.unique(rows, return_index=True, return_counts=True)
    alike: Counter[Signature] = Counter()
    for row, number in zip(first.tolist(), counts.tolist(), strict=True):
        alike[_signature({name: column.values[column.codes[row]] for name, column in coded.items()})] += (
            number
        )
        if len(alike) > MOST_SIGNATURES:
            break
    return alike


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
