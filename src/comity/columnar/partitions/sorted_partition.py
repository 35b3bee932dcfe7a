"""A sorted partition of the log: its rows by key and time, and the selectors that hold for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import attrs
import numpy as np

from comity.columnar.arrays import WORD, Bools, Codes, Ints, Numbers, Words, stable_order, width_of
from comity.columnar.partitions.key_order import joined_keys, others_of, sorted_by_key
from comity.columnar.partitions.partitions import Partition, words_of
from comity.columnar.partitions.scope_runs import ScopeRuns, scope_runs
from comity.columnar.scan.scanner import Scanner
from comity.plan import AllOf, AnyOf, Not, Preceded, Selector
from comity.plan.plan import Absent
from comity.plan.selectors import looks_back


class SortedPartition:
    """The rows of one partition that have a role in a rule, by key, instant and position."""

    def __init__(
        self,
        partition: Partition,
        scanner: Scanner,
        key: tuple[str, ...],
        look_back: Callable[[SortedPartition, Preceded], Bools],
        *,
        in_order: bool,
    ) -> None:
        """Sort a partition by the fields of the key; `in_order` says that its rows are in time order."""
        self._key = key
        self._look_back = look_back
        self.scanner = scanner
        self._numbers = partition.numbers
        self._bits = [
            partition.numbers[f"bits{word}"] for word in range(-(-len(scanner.column_plan.masks) // WORD))
        ]
        words = words_of(partition.numbers, "key")
        order, first = sorted_by_key(words, None if in_order else partition.numbers["at"])
        firsts = order[first]
        distinct = [word.take(firsts) for word in words]
        self.distinct = joined_keys(distinct, others_of(distinct, words_of(partition.others, "key")))
        """The distinct keys, including those of rows without a role."""
        group = np.cumsum(first) - 1
        self.order: Ints = order
        """Rows of the partition."""
        self.group: Ints = group
        """For each row, the number of its key."""
        self._sorted_bits = [word.take(order) for word in self._bits]
        self._held: dict[Selector, Bools] = {}
        self._scoped: dict[tuple[tuple[str, ...], Absent], ScopeRuns] = {}

    def __len__(self) -> int:
        return len(self.order)

    def column(self, name: str) -> Numbers:
        """Return a column of numbers in the sorted order."""
        return self._numbers[name].take(self.order)

    def at_rows(self, name: str, rows: Ints) -> Numbers:
        """Return a column of numbers at some rows."""
        return self._numbers[name].take(self.order.take(rows))

    def has(self, name: str) -> bool:
        """Return whether there is such a column."""
        return name in self._numbers

    def words(self, name: str, rows: Ints) -> list[Words]:
        """Return the words of the persons (`person`) or of the key (`key`) of some rows."""
        where = self.order.take(rows)
        return [word.take(where) for word in words_of(self._numbers, name)]

    @cached_property
    def at(self) -> Ints:
        """The instants."""
        found: Ints = self.column("at")
        return found

    def holds(self, selector: Selector) -> Bools:
        """Return for each row whether a selector holds; the column plan must know it."""
        found = self._held.get(selector)
        if found is None:
            found = self._held[selector] = self._find(selector)
        return found

    def _find(self, selector: Selector) -> Bools:
        if not looks_back(selector):
            number = self.scanner.column_plan.masks.number(selector)
            word = self._sorted_bits[number // WORD]
            found: Bools = (word & word.dtype.type(1 << number % WORD)) != 0
            return found
        match selector:
            case Not(selector=inner):
                return ~self.holds(inner)
            case AllOf(selectors=parts):
                every: Bools = np.logical_and.reduce([self.holds(part) for part in parts])
                return every
            case AnyOf(selectors=parts):
                either: Bools = np.logical_or.reduce([self.holds(part) for part in parts])
                return either
            case Preceded():
                return self._look_back(self, selector)
            case _:
                raise AssertionError("INVARIANT: other selectors look at the event alone")

    def scoped(self, per: tuple[str, ...], absent: Absent = "pool") -> ScopeRuns:
        """Return the rows by the scopes of some fields, which include those of the key.

        `absent` says what happens to rows without one of the values.
        """
        found = self._scoped.get((per, absent))
        if found is None:
            if absent == "pool":
                found = self._scope(tuple(name for name in per if name not in self._key))
            else:
                found = self._set_apart(self.scoped(per), per, absent)
            self._scoped[per, absent] = found
        return found

    def lacking(self, scoped: ScopeRuns, per: tuple[str, ...]) -> dict[str, Bools]:
        """Return, by field except the person, which places have a row without a value of the field."""
        found = {}
        for name in per:
            if name != "person":
                values = self.scanner.values(name)
                absent = np.array([value is None for value in values] or [True], np.bool_)
                found[name] = absent[self.codes(scoped, name)]
        return found

    def codes(self, scoped: ScopeRuns, name: str) -> Codes:
        """Return the codes of a scope field at each place."""
        if name in scoped.extra:
            return scoped.extra[name]
        found: Codes = self.column(f"field-{name}")[scoped.rows]
        return found

    def _set_apart(self, scoped: ScopeRuns, per: tuple[str, ...], absent: Absent) -> ScopeRuns:
        """Return the scopes with rows without a value alone in their own scopes, or left out."""
        marks = list(self.lacking(scoped, per).values())
        lacking: Bools = np.logical_or.reduce(marks) if marks else np.zeros(0, np.bool_)
        if not lacking.any():
            return scoped
        if absent == "skip":
            kept = ~lacking
            extra = {name: codes[kept] for name, codes in scoped.extra.items()}
            return scope_runs(scoped.rows[kept], scoped.starts[kept], extra)
        places = np.arange(len(scoped.rows))
        starts, ends = np.where(lacking, places, scoped.starts), np.where(lacking, places + 1, scoped.ends)
        return attrs.evolve(scoped, starts=starts, ends=ends)

    def _scope(self, names: tuple[str, ...]) -> ScopeRuns:
        rows = np.arange(len(self))
        if not names:
            return scope_runs(rows, self.group, {}, identical=True)
        extra: dict[str, Codes] = {}
        if "matter" in names:
            rows, extra["matter"] = self._by_matter()
        for name in names:
            if name == "person":
                extra[name] = self.person_codes()[rows]
            elif name != "matter":
                extra[name] = self.column(f"field-{name}")[rows]
        group = self.group[rows]
        keys = [group.astype(np.uint64), *(codes.astype(np.uint64) for codes in extra.values())]
        order = stable_order(keys, [width_of(int(each.max(initial=0))) for each in keys])
        same = np.zeros(len(order), np.bool_)
        same[1:] = True
        for each in keys:
            sorted_ = each[order]
            same[1:] &= sorted_[1:] == sorted_[:-1]
        return scope_runs(
            rows[order], np.cumsum(~same), {name: codes[order] for name, codes in extra.items()}
        )

    def _by_matter(self) -> tuple[Ints, Codes]:
        """Put each row in once for each of its matters; code 0 stands for none."""
        return self.matters_at(np.arange(len(self)))

    def matters_at(self, rows: Ints) -> tuple[Ints, Codes]:
        """Return the matters of rows: for each matter, the number of its row among them, and its code."""
        tuples = self.scanner.texts["matter"].values
        matters = self.scanner.matters
        listed = [[matters.number(m) for m in dict.fromkeys(each)] or [0] for each in tuples]
        sizes = np.array([len(each) for each in listed] or [1], np.int64)
        begins = np.cumsum(sizes) - sizes
        flat = np.array([code for each in listed for code in each] or [0], np.int32)
        codes = self.column("field-matter")[rows]
        lengths = sizes[codes]
        which = np.repeat(np.arange(len(rows)), lengths)
        offsets = np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return which, flat[begins[codes][which] + offsets]

    def person_codes(self) -> Codes:
        """Return codes of the persons of all rows."""
        words = self.words("person", np.arange(len(self)))
        order, first = sorted_by_key(words)
        codes = np.empty(len(order), np.int32)
        codes[order] = np.cumsum(first)
        return codes
