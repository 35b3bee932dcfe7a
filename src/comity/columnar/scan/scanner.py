"""Scanning: each block of a log becomes masks, keys and codes, in the partitions of every pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Any, assert_never

import attrs
import numpy as np

from comity.clock.eras import Eras
from comity.clock.zone_names import fixed_in
from comity.columnar.arrays import WORD, Bools, Codes, Ints, Numbers, Words
from comity.columnar.scan.block_selectors import BlockSelectors
from comity.columnar.scan.column_plan import PERSON, ColumnPlan, PartitionPass
from comity.columnar.scan.eras import count_eras
from comity.columnar.scan.instant_fields import read_dated
from comity.columnar.scan.text_keys import Interner, TextKeys, V, hash_key
from comity.columnar.scan.unread import find_unread
from comity.columnar.scan.zone_texts import zone_texts
from comity.columns.arrow_arrays import valid_of
from comity.columns.event_columns import Coded, EventColumns
from comity.events.census import Signature
from comity.events.values import Scalar, attribute_text
from comity.plan import Points, TextRequirements
from comity.plan.constraints.constraint import Derived
from comity.plan.unread_counts import UnreadCounts
from comity.records import define, frozen

_TOP = np.uint64(64)


@frozen(eq=False)
class PartitionedBlock:
    """The rows of one block for one pass: columns in the order of the partitions."""

    numbers: Mapping[str, Numbers]
    """Arrays of numbers by name: `at`, `place`, `bits0`, `key0`, …"""
    begins: Ints
    """Where each partition's rows begin, and the end."""
    others: PartitionedBlock | None = None
    """The keys of the rows without a role, which still count as persons."""


@define(eq=False)
class Scanned:
    """The result of scanning one block."""

    blocks: list[PartitionedBlock]
    count: int
    in_order: bool
    first: int
    last: int
    low: int
    high: int
    unread: UnreadCounts
    eras: Eras
    fixed_zones: Counter[str]
    alike: Counter[Signature]
    """How many events have which kind, channel, direction and outcome."""


class Scanner:
    """Turns blocks into partitioned blocks; several threads may call it at once."""

    def __init__(self, column_plan: ColumnPlan, partitions: int) -> None:
        self.column_plan = column_plan
        self.partitions = partitions
        self.persons = TextKeys()
        self._ids = TextKeys()
        self.pairs = Interner[tuple[str, str]]()
        """Pairs of kind and channel, as messages name them."""
        self.zones = Interner[str | None]()
        """Texts of time zones."""
        self.points = Interner[int]()
        """Points of events, in millionths."""
        self.faults = Interner[str | None]()
        """What is wrong with the texts of messages; None for no fault."""
        self.faults.number(None)
        self.matters = Interner[str | None]()
        """Single matters; None for no matter."""
        self.matters.number(None)
        self.texts: dict[str, Interner[Any]] = {}
        """The values of each scope field; tuples for `matter`."""
        self.known: dict[str, set[str]] = {name: set() for name in column_plan.plan.identities()}
        """The actors and matters of the log, if rules use them."""
        self._lock = Lock()

    def values(self, name: str) -> list[Any]:
        """Return the values of the codes of a scope field; None stands for an absent value."""
        return self.matters.values if name == "matter" else self.texts[name].values

    def scan(self, columns: EventColumns) -> Scanned:
        """Return one block as rows by partition, and what it adds to the counts of the log."""
        count, at = len(columns), columns.at
        low, high = (int(at.min()), int(at.max())) if count else (0, 0)
        reader = BlockSelectors(columns, self.column_plan.channels)
        shared = self._shared(columns, reader)
        person = self.persons.words(columns.person)
        masks, alike = self.column_plan.masks.masks(columns)
        for name in self.known:
            self._note(name, columns.fields[name])
        blocks = [
            self._partition(each, number, columns, reader, shared, person, masks)
            for number, each in enumerate(self.column_plan.passes)
        ]
        return Scanned(
            blocks,
            count,
            bool((at[1:] >= at[:-1]).all()),
            int(at[0]) if count else 0,
            int(at[-1]) if count else 0,
            low,
            high,
            find_unread(self.column_plan, columns, reader) if self.column_plan.plan.typed else UnreadCounts(),
            count_eras(at, low, high),
            self._fixed_zones(columns),
            alike,
        )

    def _shared(self, columns: EventColumns, reader: BlockSelectors) -> dict[str, Numbers]:
        """Return the columns that every pass needs."""
        shared: dict[str, Numbers] = {"at": columns.at, "place": columns.places.astype(np.uint32)}
        codes, pairs = reader.signature()
        if columns.ids is not None:
            shared["mark"] = self._marks(columns)
        shared["pair"] = _least(self._present_codes(self.pairs, codes, pairs))
        if columns.date_only is not None and self.column_plan.timed:
            shared["date_only"] = columns.date_only
        zone = zone_texts(columns, self.column_plan.zone_sources) if self.column_plan.zoned else None
        if zone is not None:
            shared["zone"] = _least(self.zones.codes(zone.codes, zone.values))
        for each, name in self.column_plan.dated.items():
            values = columns.attributes.get(each.field)
            if values is not None:
                shared[name] = read_dated(each, values, zone)
        for derived, name in self.column_plan.derived.items():
            shared[name] = self._derive(derived, reader)
        return shared

    def _derive(self, derived: Derived, reader: BlockSelectors) -> Numbers:
        """Return the codes of what is worked out of each event."""
        match derived:
            case Points(field=field):
                coded = reader.values(field.name, attribute=field.attribute)
                return _least(self.points.codes(coded.codes, _points_of(derived, coded, reader)))
            case TextRequirements(field=name):
                coded = reader.values(name, attribute=True)
                said = [None if raw is None else _faults(derived, raw) for raw in coded.values]
                return self.faults.codes(coded.codes, said)
            case _:
                assert_never(derived)

    def _note(self, name: str, coded: Coded) -> None:
        present = np.flatnonzero(np.bincount(coded.codes, minlength=len(coded.values))).tolist()
        values = [coded.values[code] for code in present]
        found = {text for value in values for text in value} if name == "matter" else set(values) - {None}
        with self._lock:
            self.known[name] |= found

    def _marks(self, columns: EventColumns) -> Words:
        """Return a hash of instant and id for each event, 0 if it has no id."""
        assert columns.ids is not None, "INVARIANT: only columns with ids are marked"
        present = valid_of(columns.ids)
        words = self._ids.words(columns.ids.fill_null(""))
        marks = hash_key([columns.at.view(np.uint64), *words]) | np.uint64(1)
        marks[~present] = 0
        return marks

    @staticmethod
    def _present_codes(interner: Interner[V], codes: Codes, values: list[V]) -> Codes:
        table = np.zeros(max(len(values), 1), np.int32)
        for code in np.flatnonzero(np.bincount(codes, minlength=len(values))).tolist():
            table[code] = interner.number(values[code])
        return table[codes]

    def _partition(
        self,
        each: PartitionPass,
        number: int,
        columns: EventColumns,
        reader: BlockSelectors,
        shared: Mapping[str, Numbers],
        person: list[Words],
        masks: list[Words],
    ) -> PartitionedBlock:
        key: list[Words] = person
        numbers = dict(shared)
        if each.key != PERSON:
            numbers.pop("mark", None)
            key = [self._codes(name, reader).astype(np.uint64) for name in each.key]
            key = key or [np.zeros(len(columns), np.uint64)]
            numbers |= {f"person{word}": values for word, values in enumerate(person)}
        numbers |= {f"key{word}": values for word, values in enumerate(key)}
        numbers |= {f"field-{name}": self._codes(name, reader) for name in each.fields()}
        used = len(self.column_plan.masks)
        for word, mask in enumerate(masks):
            numbers[f"bits{word}"] = mask.astype(_mask_type(min(used - WORD * word, WORD)), copy=False)
        bit = self.column_plan.masks.number(self.column_plan.needed[number])
        plays = (masks[bit // WORD] & np.uint64(1 << bit % WORD)) != 0
        order, begins = self._order(key, each, plays)
        if order is None:
            return PartitionedBlock(numbers, begins)
        count, most = int(np.count_nonzero(plays)), self.partitions + 1
        block = _dealt(numbers, order[:count], begins[:most])
        if each.key == PERSON and count < len(plays):
            keys = {f"key{word}": values for word, values in enumerate(key)}
            if "mark" in numbers:
                keys |= {name: numbers[name] for name in ("mark", "place")}
            others = _dealt(keys, order[count:], begins[most - 1 :] - count)
            block = attrs.evolve(block, others=others)
        return block

    def _order(self, key: list[Words], each: PartitionPass, plays: Bools) -> tuple[Ints | None, Ints]:
        """Return rows in the order of their partitions, those without a role after all others.

        Also return where the rows of each partition begin, first with a role, then without, and the end.
        The order is None if it is that of the block.
        """
        whole, most = plays.all(), 2 * self.partitions
        one = self.partitions == 1 or not each.key
        if one:
            codes = np.zeros(len(plays), np.uint8)
        else:
            top = _TOP - np.uint64((self.partitions - 1).bit_length())
            codes = (hash_key(key) >> top).astype(np.uint8 if most <= 256 else np.uint16)
        if not whole:
            codes += (~plays).view(np.uint8) * codes.dtype.type(self.partitions)
        begins = np.zeros(most + 1, np.int64)
        np.cumsum(np.bincount(codes, minlength=most), out=begins[1:])
        if whole and one:
            return None, begins[: self.partitions + 1]
        return np.argsort(codes, kind="stable"), begins

    def _codes(self, name: str, reader: BlockSelectors) -> Codes:
        with self._lock:
            interner = self.texts.setdefault(name, Interner[Any]())
        coded = reader.scope_texts(name)
        return interner.codes(coded.codes, coded.values)

    def _fixed_zones(self, columns: EventColumns) -> Counter[str]:
        """Return how many events have which own zone without summer time."""
        found: Counter[str] = Counter()
        zones = columns.fields.get("timezone") if self.column_plan.zoned else None
        if zones is not None:
            counts = np.bincount(zones.codes, minlength=len(zones.values)).tolist()
            for text, count in zip(zones.values, counts, strict=True):
                for name in fixed_in(text) if count else ():
                    found[name] += count
        return found


def _dealt(numbers: Mapping[str, Numbers], order: Ints, begins: Ints) -> PartitionedBlock:
    """Return some rows in the order of their partitions."""
    return PartitionedBlock({name: values.take(order) for name, values in numbers.items()}, begins)


def _points_of(points: Points, coded: Coded, reader: BlockSelectors) -> list[int]:
    """Return the points that each value of a column stands for."""
    if points.values is None:
        return [points.of_number(raw) for raw in coded.values]
    read = reader.reading(points.field)
    return [points.of_values(read(raw)) for raw in coded.values]


def _faults(wanted: TextRequirements, raw: Scalar) -> str | None:
    text = attribute_text(raw)
    return None if text is None else "; ".join(wanted.faults(text)) or None


def _mask_type(bits: int) -> type[np.unsignedinteger[Any]]:
    return next(
        t for t, size in ((np.uint8, 8), (np.uint16, 16), (np.uint32, 32), (np.uint64, 64)) if bits <= size
    )


def _least(codes: Codes) -> Numbers:
    """Return codes in the smallest type, for the sake of memory."""
    return codes.astype(np.uint8) if not len(codes) or codes.max() < 256 else codes
