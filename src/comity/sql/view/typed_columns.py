"""Reading a table whose columns have the right types, in SQL alone: what a view can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from comity.events.channels.channel import Channels
from comity.events.channels.directions import DIRECTION_WORDS
from comity.events.fields import FOLDED
from comity.plan import Field, Points
from comity.plan.selectors import Compare, CompareFields, Exists, FieldTest, Like, OneOf
from comity.records import frozen
from comity.sql.dialects.dialect import Dialect
from comity.sql.readings import OwnInstant, OwnPoints, OwnValue, Reading, ScopeText, Tested
from comity.sql.refused import CannotCompile

_ABSENT: Final = {"kind": "contact", "channel": "unspecified", "direction": "outbound"}
"""What an event has that says nothing of it."""
_SIGNS: Final = {"at-least": ">=", "at-most": "<=", "more-than": ">", "less-than": "<", "same-as": "="}


@frozen
class LogField:
    """Where a field comes from: a column, or one text for every row."""

    column: str | None = None
    value: str | None = None
    values: Mapping[str, str] | None = None
    """The text that each text of the column stands for."""
    default: str | None = None
    """The text for all others; None for their own if there are no `values`, else for nothing."""


@frozen
class TypedColumns:
    """Writes readings as expressions; a condition of them is never unknown."""

    dialect: Dialect
    channels: Channels
    fields: Mapping[str, LogField]
    """By the name of a field or attribute; one that is not here has a column of its name."""
    columns: frozenset[str] | None = None
    """The columns that there are; None if nobody knows."""

    def expression(self, reading: Reading) -> str:
        """Return the expression of a reading; raises CannotCompile."""
        match reading:
            case Tested(test=test):
                return f"CASE WHEN {self._condition(test)} THEN 1 ELSE 0 END"
            case ScopeText(name=name):
                return f"COALESCE({self._scope(name)}, '')"
            case OwnValue(field=field):
                text = f"COALESCE({self._scope(field.name)}, '')"
                return f"NULLIF({text}, 'unspecified')" if field.name == "channel" else text
            case OwnPoints(points=points):
                return self._points(points)
            case OwnInstant():
                return self._instant(reading)

    def text(self, name: str) -> str:
        """Return the trimmed text of a field, null where it is absent."""
        field = self.fields.get(name, LogField(name))
        if field.column is None:
            return "NULL" if field.value is None else self._literal(field.value)
        if self.columns is not None and field.column not in self.columns:
            return self.dialect.null.format(self.dialect.text)
        text = f"NULLIF({self.dialect.trimmed.format(_quoted(field.column))}, '')"
        if field.values is None:
            return text if field.default is None else f"COALESCE({text}, {self._literal(field.default)})"
        cases = " ".join(
            f"WHEN {self._literal(word)} THEN {self._literal(other)}" for word, other in field.values.items()
        )
        other = "NULL" if field.default is None else self._literal(field.default)
        return f"CASE {text} {cases} ELSE {other} END"

    def value(self, name: str) -> str:
        """Return the value of a column that has its own type."""
        field = self.fields.get(name, LogField(name))
        if field.column is None or field.values is not None or field.default is not None:
            raise CannotCompile(f"`{name}` is not a column as it is")
        if self.columns is not None and field.column not in self.columns:
            raise CannotCompile(f"the table lacks a column `{field.column}`")
        return _quoted(field.column)

    def _folded(self, name: str) -> str:
        """Return a text in the form in which kinds and the like are compared."""
        return f"REPLACE(REPLACE(LOWER({self.text(name)}), '_', '-'), ' ', '-')"

    def _condition(self, test: FieldTest) -> str:
        match test:
            case CompareFields(field=field, other=other, relation=relation):
                return self._compared(field, other, _SIGNS[relation])
            case Exists(field=field):
                return f"{self._any(field)} IS NOT NULL" if field.name not in _ABSENT else "1 = 1"
            case Compare(field=field, operator=operator, bound=bound):
                return f"{self._measure(field)} {_SIGNS[operator]} {bound!r}"
            case OneOf(field=field, values=values):
                return self._one_of(field, values)
            case Like():
                raise CannotCompile("a pattern of `like` means something else in each database and collation")
            case _:
                raise AssertionError("INVARIANT: there are no other tests of fields")

    def instant_of(self, field: Field) -> str:
        """Return a field of instants as microseconds."""
        if not self.dialect.instant:
            raise CannotCompile(f"{self.dialect.title} has no way to write instants as microseconds")
        return self.dialect.instant.format(self.value(field.name))

    def _measure(self, field: Field) -> str:
        """Return a number or an instant that is compared with a bound."""
        if field.type == "number":
            return self._number(field)
        return self.dialect.instant.format(self.value("at")) if field.name == "at" else self.instant_of(field)

    def _number(self, field: Field) -> str:
        return self.value(field.name)

    def _any(self, field: Field) -> str:
        return self.text(field.name) if field.type in ("text", "texts") else self.value(field.name)

    def _one_of(self, field: Field, values: Iterable[str | float | bool]) -> str:
        if field.name == "matter" and not field.attribute:
            return f"{self._scope('matter')} IN ({self._listed(values)})"
        if field.type == "texts":
            raise CannotCompile(f"`{field.name}` has several texts in one column")
        if field.type == "number":
            numbers = ", ".join(repr(value) for value in sorted(values, key=str))
            return f"{self._number(field)} IN ({numbers})"
        if field.type == "boolean":
            truths = ", ".join(str(int(bool(value))) for value in sorted(values))
            return f"CAST({self.value(field.name)} AS INTEGER) IN ({truths})"
        if field.attribute or field.name not in FOLDED:
            return f"{self.text(field.name)} IN ({self._listed(values)})"
        name, words = self._words(field.name, frozenset(map(str, values)))
        absent = f" OR {self.text(name)} IS NULL" if _ABSENT.get(name) in words else ""
        return f"({self._folded(name)} IN ({self._listed(words) or self._literal('')}){absent})"

    def _words(self, name: str, values: frozenset[str]) -> tuple[str, frozenset[str]]:
        """Return the field of the log, and all its words, folded, that stand for one of some values."""
        if name == "direction":
            return name, frozenset(word for word, of in DIRECTION_WORDS.items() if of in values)
        if name == "medium":
            values = frozenset(each for each in self.channels.names() if self.channels.medium(each) in values)
            name = "channel"
        if name == "channel":
            return name, frozenset(self.channels.words_of(values)) | values
        return name, values

    def _scope(self, name: str) -> str:
        if name == "medium" or (name in FOLDED and name != "kind" and name != "outcome"):
            return self._by_words(name)
        if name in FOLDED:
            absent = _ABSENT.get(name)
            folded = self._folded(name)
            return folded if absent is None else f"COALESCE({folded}, {self._literal(absent)})"
        if name == "at":
            raise CannotCompile("scopes of single instants")
        return self.text(name)

    def _by_words(self, name: str) -> str:
        """Return the canonical word of a field whose words have aliases."""
        source = "channel" if name == "medium" else name
        folded = self._folded(source)
        of: dict[str, str] = {}
        if name == "direction":
            of = dict(DIRECTION_WORDS)
        else:
            for channel in self.channels.names():
                meant = channel if name == "channel" else self.channels.medium(channel)
                if meant is not None:
                    of |= dict.fromkeys((*self.channels.words_of((channel,)), channel), meant)
        cases = " ".join(
            f"WHEN {self._literal(word)} THEN {self._literal(meant)}" for word, meant in of.items()
        )
        other = "NULL" if name == "medium" else folded
        absent = _ABSENT.get(name)
        found = f"CASE {folded} {cases} ELSE {other} END"
        return found if absent is None else f"COALESCE({found}, {self._literal(absent)})"

    def _compared(self, field: Field, other: Field, sign: str) -> str:
        if field.type == "number":
            return f"{self._number(field)} {sign} {self._number(other)}"
        if field.type == "boolean":
            return f"{self.value(field.name)} {sign} {self.value(other.name)}"
        if field.type == "text" and other.type == "text" and field.attribute and other.attribute:
            return f"{self.text(field.name)} {sign} {self.text(other.name)}"
        raise CannotCompile(
            f"`{field.name}` and `{other.name}` are compared in a form that only comity knows"
        )

    def _points(self, points: Points) -> str:
        if points.values is None or points.field.attribute:
            raise CannotCompile("points that are numbers of the log are rounded as only comity does")
        cases = []
        for value, amount in points.values:
            same = {value, *(one for one, listed in points.same if listed == value)}
            cases.append(f"WHEN {self._one_of(points.field, frozenset(same))} THEN {amount}")
        return f"CASE {' '.join(cases)} ELSE {points.otherwise} END"

    def _instant(self, reading: OwnInstant) -> str:
        moved = ""
        if reading.offset is not None:
            if reading.offset.span.clock is not None:
                raise CannotCompile(
                    f"an offset of `{reading.offset.span}` from an instant of the event's own"
                )
            moved = f" + {reading.offset.signed}"
        return self.instant_of(Field(reading.field, "instant", attribute=True)) + moved

    def _listed(self, values: Iterable[object]) -> str:
        return ", ".join(self._literal(str(value)) for value in sorted(values, key=str))

    def _literal(self, text: str) -> str:
        return self.dialect.literal(text)


def _quoted(name: str) -> str:
    if '"' in name or "`" in name or "]" in name:
        raise CannotCompile(f"the column `{name}` has a quotation mark in its name")
    return f'"log"."{name}"'
