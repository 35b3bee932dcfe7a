"""Lowering the tests of one field to the values that events have."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import attrs

from comity.clock.instants import datetime_to_micros
from comity.documents import Path, written
from comity.documents.structure import written_key
from comity.errors import one_of, suggest
from comity.events.channels.channel import MEDIA
from comity.events.channels.directions import DIRECTIONS
from comity.events.fields import FIELDS, FOLDED, IDENTITIES, fold
from comity.plan import Field, Selector, all_of
from comity.plan.selectors import Compare, Comparison, Exists, FieldType, Like, Not, OneOf, ReadType
from comity.policy.lower.field_comparisons import FieldComparisons
from comity.policy.lower.noting import NoteFault
from comity.policy.model import RuleCommon, Settings
from comity.policy.types import Bound, FieldBound, Test, Value
from comity.policy.vocabulary import Vocabulary
from comity.texts.identity import identity

_FIELD_TYPES: dict[str, FieldType] = {name: "instant" if name == "at" else "text" for name in FIELDS}
_CLOSED = {"direction": DIRECTIONS, "medium": MEDIA}
"""Fields that have only these values."""


class FieldTests:
    """Lowers tests of fields, and notes their faults."""

    def __init__(
        self,
        fields: Mapping[str, Field],
        words: Vocabulary,
        broken: frozenset[Path],
        fault: NoteFault,
    ) -> None:
        self._fields = fields
        self._words = words
        self._broken = broken
        self._fault = fault
        self._comparisons = FieldComparisons(self.field, words.zone_sources, fault)

    def field(self, name: str, path: Path, wanted: ReadType = "text", *, of_key: bool = True) -> Field | None:
        """Find a field of every event or an attribute; any other name is a fault, with `wanted` as advice."""
        if name in _FIELD_TYPES:
            return Field(name, _FIELD_TYPES[name])
        if name in self._fields:
            return self._fields[name]
        if ("attributes", name) in self._broken:
            return None
        words = ("any", "not", "preceded-by", "during") if of_key else ()
        near = suggest(name, (*FIELDS, *self._fields, *words))
        declare = f'declare it: [attributes] {name} = "{wanted}"'
        if of_key and self._is_rule_key(name):
            declare = f"a key of rules stands below the heading `[rules.NAME]` of its rule; else {declare}"
        self._fault(
            "undeclared-field",
            f"nothing declares the field `{name}`",
            path,
            f"{near} or {declare}" if near else declare,
            of_key=of_key,
        )
        return None

    def _is_rule_key(self, name: str) -> bool:
        kinds: tuple[type[Any], ...] = (RuleCommon, *self._words.kinds.values())
        return any(written_key(a) == name for kind in kinds for a in attrs.fields(kind))

    def lower(self, name: str, test: Test, path: Path, settings: Settings) -> Selector | None:
        """Lower the tests of one field; None if one has a fault. Synonyms of the industry pass too."""
        field = self.field(name, path)
        if field is None:
            return None
        if field.attribute and field.type == "instant" and not _asks_fields_alone(test):
            message = f"`{name}` is an instant: test it with `exists`, or compare it with another field"
            advice = 'compare it with the event\'s own instant, { at-most = { field = "at" } }'
            self._fault("wrong-type", message, path, advice)
            return None
        industry = settings.industry
        parts: list[Selector | None] = []
        if test.one_of is not None:
            parts.append(self._one_of(field, test.one_of, path, industry))
        if test.not_ is not None:
            inner = self._one_of(field, test.not_, (*path, "not"), industry)
            parts.append(None if inner is None else Not(inner))
        if test.all_of is not None:
            parts.append(self._all_of(field, test.all_of, (*path, "all-of"), industry))
        if test.exists is not None:
            parts.append(Exists(field) if test.exists else Not(Exists(field)))
        if test.like is not None:
            parts.append(self._like(field, test.like, (*path, "like")))
        if test.same_as is not None:
            other = (*path, "same-as")
            parts.append(self._comparisons.lower(field, "same-as", test.same_as, other, settings))
        bounds: tuple[tuple[Comparison, Bound | None], ...] = (
            ("at-least", test.at_least),
            ("at-most", test.at_most),
            ("more-than", test.more_than),
            ("less-than", test.less_than),
        )
        for operator, bound in bounds:
            if bound is not None:
                if field.type not in ("number", "instant"):
                    self._fault(
                        "wrong-type",
                        f"`{operator}` compares numbers, and `{name}` is {field.type}",
                        (*path, operator),
                        f'declare it: [attributes] {name} = "number"' if field.attribute else "",
                    )
                    parts.append(None)
                    continue
                if isinstance(bound, FieldBound):
                    other = (*path, operator, "field")
                    parts.append(self._comparisons.lower(field, operator, bound.field, other, settings))
                    continue
                value = self._value(field, bound, (*path, operator))
                parts.append(None if value is None else Compare(field, operator, value))  # type: ignore[arg-type]
        return None if None in parts else all_of(*(p for p in parts if p is not None))

    def value(self, field: Field, value: Value, path: Path) -> str | float | bool | None:
        """Return a value as events have it, None where that cannot be, which is a fault."""
        return self._value(field, value, path)

    def _one_of(
        self, field: Field, values: tuple[Value, ...], path: Path, industry: str | None
    ) -> Selector | None:
        made = [
            self._value(field, value, path if len(values) == 1 else (*path, index))
            for index, value in enumerate(values)
        ]
        if None in made:
            return None
        found = {value for value in made if value is not None}
        same = {one for value in found for one in self.same(field, value, industry)}
        return OneOf(field, frozenset(same), tuple(sorted(found, key=str)) if same != found else ())

    def same(
        self, field: Field, value: str | float | bool, industry: str | None
    ) -> frozenset[str | float | bool]:
        """Return the values with the same meaning as one in an industry, itself included."""
        known = self._words.industries.get(industry or "")
        if known is None or field.name not in ("kind", "outcome") or field.attribute:
            return frozenset((value,))
        return known.same(field.name, str(value))

    def _all_of(
        self, field: Field, values: tuple[Value, ...], path: Path, industry: str | None
    ) -> Selector | None:
        """Lower what asks for every one of several values, which a field with one value cannot have."""
        if field.type != "texts" and (field.attribute or field.name != "matter"):
            advice = f'declare it: [attributes] {field.name} = "texts"' if field.attribute else ""
            message = f"`all-of` asks for several values, and `{field.name}` has one"
            self._fault("wrong-type", message, path, advice)
            return None
        parts = [
            self._one_of(field, (value,), path if len(values) == 1 else (*path, index), industry)
            for index, value in enumerate(values)
        ]
        return None if None in parts else all_of(*(part for part in parts if part is not None))

    def _value(self, field: Field, value: Value, path: Path) -> str | float | bool | None:
        """Return a value as events have it: canonical text, a number, a boolean, or microseconds."""
        if field.type in ("text", "texts") and isinstance(value, str):
            return self._text_value(field, value, path)
        if field.type == "boolean" and isinstance(value, bool):
            return value
        if field.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
            # Whole numbers of 64 bits, as TOML has them, are no further from it than rounding.
            if math.isfinite(value):
                return float(value)
            self._fault("bad-value", f"`{value}` is a value that cannot occur", path)
            return None
        if field.type == "instant" and isinstance(value, dt.datetime) and value.tzinfo is not None:
            return datetime_to_micros(value)[0]
        wanted = {
            "text": "text",
            "texts": "text",
            "number": "a number",
            "boolean": "true or false",
            "instant": "a date and time with an offset, such as 2025-03-01T09:00:00Z",
        }[field.type]
        self._fault(
            "wrong-type", f"`{written(value)}` is not {wanted}", path, f"`{field.name}` is {field.type}"
        )
        return None

    def _text_value(self, field: Field, value: str, path: Path) -> str | None:
        text = value.strip()
        if not text:
            self._fault(
                "bad-value",
                "an empty text is a value that cannot occur",
                path,
                "`exists = false` finds what is absent",
            )
            return None
        if field.attribute or field.name not in FOLDED:
            return identity(text) if not field.attribute and field.name in IDENTITIES else text
        folded = self._words.channels.canonical(field.name, text)
        if field.name in _CLOSED and folded not in _CLOSED[field.name]:
            allowed = _CLOSED[field.name]
            near = suggest(folded, allowed)
            advice = " ".join(filter(None, (near, f"allowed are {one_of(allowed)}")))
            self._fault("bad-value", f"`{value}` is not a {field.name}", path, advice)
            return None
        return folded

    def _like(self, field: Field, pattern: str, path: Path) -> Selector | None:
        if field.type not in ("text", "texts"):
            self._fault("wrong-type", f"`like` matches text, and `{field.name}` is {field.type}", path)
            return None
        if not pattern.strip():
            self._fault("bad-value", "an empty pattern matches a value that cannot occur", path)
            return None
        folded = not field.attribute and field.name in FOLDED
        if not field.attribute and field.name in IDENTITIES:
            return Like(field, identity(pattern))
        return Like(field, fold(pattern) if folded else pattern.strip())


def _asks_fields_alone(test: Test) -> bool:
    """Return whether a test asks only whether the field is there and how it stands to other fields."""
    for name in ("at_least", "at_most", "more_than", "less_than"):
        if isinstance(getattr(test, name), FieldBound):
            test = attrs.evolve(test, **{name: None})
    return attrs.evolve(test, exists=None, same_as=None) == Test()
