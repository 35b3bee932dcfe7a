"""The fields of one event of each row, by the rules of a mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, Final

import attrs

from comity.clock.zones import Zone, find_zone, find_zones
from comity.errors import EventError, UsageError
from comity.events.channels.builtin_channels import BUILTIN_CHANNELS
from comity.events.channels.channel import Channels
from comity.events.channels.directions import parse_direction
from comity.events.fields import CLEANED, FIELDS, IDENTITIES
from comity.events.hidden import Hidden
from comity.events.values import Scalar
from comity.readers.events.cells import Bad, Cells, TextConverter, plain_text, shown, translate
from comity.readers.events.notations import reading_of
from comity.readers.events.times import ColumnTimes, TimeColumn
from comity.readers.mapping.mapping import FieldRule
from comity.texts.identity import identity

_LONGEST_WORD: Final = 100
_SEVERAL: Final = ";"


def _kind(text: str) -> str:
    return text or "contact"


def _channel(text: str) -> str:
    return text or "unspecified"


def _outcome(text: str) -> str | None:
    return text or None


def _direction(text: str) -> str:
    if len(text) > _LONGEST_WORD:
        raise EventError(f"{shown(text)} is not a direction")
    return parse_direction(text) if text else "outbound"


def _timezone(text: str) -> str | None:
    if len(text) > _LONGEST_WORD:
        raise EventError(f"{shown(text)} is not a time zone")
    find_zones(text)
    return text or None


class FieldReader:
    """Reads the fields of one event of each row."""

    def __init__(
        self,
        rules: Mapping[str, FieldRule],
        timezone: Zone | None,
        fallback: Zone | None = None,
        channels: Channels | None = None,
    ) -> None:
        self.rules = {
            name: rule if rule.column is None else attrs.evolve(rule, column=rule.column.strip())
            for name, rule in rules.items()
        }
        at = self.rules["at"]
        self.zone = timezone or (find_zone(at.timezone) if at.timezone else fallback)
        self._times = TimeColumn(at, self.zone)
        split = self.rules["matter"].split if "matter" in self.rules else None
        self._matters = _matters(split or _SEVERAL)
        self._words = {
            "kind": TextConverter(_kind),
            "channel": TextConverter(_channel),
            "outcome": TextConverter(_outcome),
            "direction": TextConverter(_direction),
            "timezone": TextConverter(_timezone),
            "matter": TextConverter(self._matters),
        }
        known = Channels(BUILTIN_CHANNELS) if channels is None else channels
        for name, rule in self.rules.items():
            if rule.address is not None and (fault := known.address_fault(rule.address)):
                raise UsageError(": ".join(filter(None, (f"mapping of `{name}`: {fault[0]}", fault[1]))))
        self._readings = {
            name: reading
            for name, rule in self.rules.items()
            if name not in FIELDS and (reading := reading_of(rule)) is not None
        }
        self._addresses = {
            name: TextConverter(_address(rule, known))
            for name, rule in self.rules.items()
            if rule.address is not None
        }

    def look_for_hidden(self, columns: Mapping[str, Cells], hidden: Hidden) -> None:
        """Look for invisible characters in the columns that are compared without such characters."""
        for field in CLEANED:
            rule = self.rules.get(field)
            cells = None if rule is None or rule.column is None else columns.get(rule.column)
            if cells is not None:
                hidden.look(field, cells.raw, plain=cells.plain)

    def person(self, columns: Mapping[str, Cells], count: int, bad: Bad) -> Iterable[Any]:
        """Return the persons; `bad` gets the rows without one."""
        found: Iterable[Any] = self.column("person", columns, bad)
        if isinstance(found, repeat):
            found = [next(found)] * count
        if None in found:
            reason = self.no_person()
            for index, person in enumerate(found):
                if person is None:
                    bad.setdefault(index, reason)
        return found

    def no_person(self) -> str:
        """Return the reason of a row without a person."""
        column = self.rules["person"].column
        return "`person` is empty" + ("" if column in (None, "person") else f" (column `{column}`)")

    def untimely(self, cells: Sequence[object]) -> Bad:
        """Return why cells are not times, by their index."""
        bad: Bad = {}
        self._times.read(Cells(cells), bad)
        return bad

    def times(self, columns: Mapping[str, Cells], count: int, bad: Bad) -> ColumnTimes:
        """Return the instants; `bad` gets the rows without one."""
        return self._times.read(self._cells("at", columns, count), bad)

    def _cells(self, field: str, columns: Mapping[str, Cells], count: int) -> Cells:
        rule = self.rules[field]
        if rule.column is None:
            return Cells([str(rule.value)] * count, plain=True)
        return columns.get(rule.column) or Cells([""] * count, plain=True)

    def present(self, columns: Mapping[str, Cells], count: int) -> list[int]:
        """Return the indices of the rows whose `at` is not empty."""
        cells = self._cells("at", columns, count)
        unread: Bad = {}
        texts = translate(self.rules["at"], cells.texts(unread, "at"))
        return [index for index, text in enumerate(texts) if text or index in unread]

    def column(self, field: str, columns: Mapping[str, Cells], bad: Bad) -> Any:
        """Return the values of a field, as a `repeat` where one value stands for all rows."""
        rule = self.rules[field]
        cells = columns.get(rule.column) if rule.column is not None else None
        if cells is None:
            constant = rule.value if rule.column is None else rule.default
            text = "" if constant is None else str(constant).strip()
            if field in IDENTITIES:
                text = identity(text)
            if field not in self._words:
                return repeat(text or None)
            failed: Bad = {}
            value = self._words[field].read([text], failed)[0]
            if failed:
                raise UsageError(f"mapping of `{field}`: {failed[0]}")
            return repeat(value)
        if (
            field == "matter"
            and not cells.plain
            and any(isinstance(cell, list | tuple) for cell in cells.raw)
        ):
            return self._matter_lists(cells, rule, bad)
        if field in self._words:
            return self._read_words(field, cells, rule, bad)
        texts = translate(rule, cells.texts(bad, field))
        if field in IDENTITIES and not "".join(texts).isascii():
            texts = list(map(identity, texts))
        texts = self._written(field, texts, bad)
        return [text or None for text in texts] if "" in texts else texts

    def _written(self, field: str, texts: list[Any], bad: Bad) -> list[Any]:
        """Return the addresses in the form that their channel gives them."""
        words = self._addresses.get(field)
        return texts if words is None else words.read(texts, bad)

    def _read_words(self, field: str, cells: Cells, rule: FieldRule, bad: Bad) -> list[Any]:
        """Read a column whose texts repeat, each distinct text only once."""
        if not cells.plain:
            return self._words[field].read(translate(rule, cells.texts(bad, field)), bad)
        distinct = cells.distinct()
        failed: Bad = {}
        values = self._words[field].read(translate(rule, distinct.texts(failed, field)), failed)
        if failed:
            reasons = {distinct.raw[index]: reason for index, reason in failed.items()}
            for index, text in enumerate(cells.raw):
                if text in reasons:
                    bad.setdefault(index, reasons[text])
        table = dict(zip(distinct.raw, values, strict=True))
        return list(map(table.__getitem__, cells.raw))

    def _matter_lists(self, cells: Cells, rule: FieldRule, bad: Bad) -> list[tuple[str, ...]]:
        matters = []
        for index, cell in enumerate(cells.raw):
            parts = list(cell) if isinstance(cell, list | tuple) else []
            if any(isinstance(part, list | dict) for part in parts):
                bad.setdefault(index, "`matter` is a list with something other than texts in it")
                parts = []
            if isinstance(cell, list | tuple):
                texts = [plain_text(part, cells.depth) for part in parts]
                own: Bad = {}
                cells.check(texts, own)
                for reason in own.values():
                    bad.setdefault(index, reason)
                matters.append(_unique(map(identity, translate(rule, texts))))
            else:
                own = {}
                text = translate(rule, cells.compress([index]).texts(own, "matter"))
                for reason in own.values():
                    bad.setdefault(index, reason)
                matters.append(self._matters(text[0]))
        return matters

    def attributes(
        self, columns: Mapping[str, Cells], count: int, bad: Bad
    ) -> dict[str, list[Scalar | None]]:
        """Return the attributes that the mapping names, by name."""
        found: dict[str, list[Scalar | None]] = {}
        for name, rule in self.rules.items():
            if name in FIELDS:
                continue
            cells = columns.get(rule.column) if rule.column is not None else None
            if cells is None:
                found[name] = [rule.value if rule.column is None else rule.default] * count
            elif rule.address is not None:
                texts = self._written(name, translate(rule, cells.texts(bad)), bad)
                found[name] = [text or None for text in texts]
            elif rule.values is None or rule.split is not None:
                values = self._read_attribute(name, cells.attributes(bad))
                found[name] = (
                    values if rule.default is None else [rule.default if v is None else v for v in values]
                )
            else:
                found[name] = [None if v == "" else v for v in translate(rule, cells.texts(bad))]
        return found

    def _read_attribute(self, name: str, values: list[Scalar | None]) -> list[Scalar | None]:
        """Read values in the notation that the mapping states, each distinct value only once."""
        reading = self._readings.get(name)
        if reading is None:
            return values
        known: dict[Any, Scalar] = {}
        for value in values:
            if value is not None and (type(value), value) not in known:
                known[type(value), value] = reading(value)
        return [None if value is None else known[type(value), value] for value in values]


def _address(rule: FieldRule, channels: Channels) -> Callable[[str], str]:
    def write(text: str) -> str:
        return text and channels.normalise(rule.address or "", text, rule.region)

    return write


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _matters(separator: str) -> Callable[[str], tuple[str, ...]]:
    return lambda text: _unique(map(identity, text.split(separator))) if text else ()
