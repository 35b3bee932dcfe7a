"""Where findings are kept until they are read: in memory or, if they are too many, in a temporary file.

Findings in the file are read range by range. A range holds the findings of all persons whose texts lie
between two given texts, so that the ranges, one after another, are in order.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np

from comity.columnar.arrays import Bools, Ints, Numbers, Words
from comity.columnar.findings.finding_columns import FindingColumns, evidence_begins, join, take
from comity.columnar.partitions.spill import Spill, Stored, StoredTexts
from comity.columnar.scan.text_keys import TextKeys
from comity.records import define, frozen

MEMORY_SHARE = 0.25
"""The share of the memory that findings may take."""
_SAMPLE = 50_000
_MOST_RANGES = 64
Order = Callable[[FindingColumns], Ints]


@frozen(eq=False)
class StoredFindings:
    """Findings in a file."""

    _size: int
    _events: int
    _numbers: dict[str, Stored]
    _measured: StoredTexts
    _words: int
    _extra: tuple[str, ...]

    @classmethod
    def keep(cls, found: FindingColumns, file: Spill) -> StoredFindings:
        """Write findings to a file."""
        numbers = {name: getattr(found, name) for name in (*_NUMBERS, "evidence")}
        numbers |= {f"person{word}": values for word, values in enumerate(found.person)}
        numbers |= {f"extra-{name}": codes for name, codes in found.extra.items()}
        return cls(
            len(found),
            len(found.evidence),
            {name: file.keep(values) for name, values in numbers.items()},
            StoredTexts.keep(found.measured, file),
            len(found.person),
            tuple(found.extra),
        )

    def load(self) -> FindingColumns:
        """Read the findings."""
        size, events = self._size, self._events

        def numbers(name: str, count: int = size) -> Numbers:
            return self._numbers[name][0:count]

        return FindingColumns(
            person=[numbers(f"person{word}") for word in range(self._words)],
            evidence=numbers("evidence", events),
            measured=self._measured.slice(0, size),
            extra={name: numbers(f"extra-{name}") for name in self._extra},
            **{name: numbers(name) for name in _NUMBERS},
        )


_NUMBERS = ("rule", "status", "at", "pair", "event", "sizes", "allowed_from", "due")


@define(eq=False)
class FindingSpill:
    """Takes findings, and returns them in order."""

    persons: TextKeys
    memory: int | None
    _parts: list[FindingColumns | StoredFindings] = attrs.field(factory=list)
    _prefixes: list[tuple[Words, Words]] = attrs.field(factory=list)
    _file: Spill = attrs.field(factory=Spill)
    _held: int = 0
    _bytes: int = 0

    def add(self, found: FindingColumns) -> None:
        """Take findings; raises ComityError if the disk is full."""
        if not len(found):
            return
        data = found.nbytes()
        self._bytes += data
        self._held += data
        self._parts.append(found)
        if self.memory is None:
            return
        self._prefixes.append(self.persons.prefixes(found.person))
        if self._held > MEMORY_SHARE * self.memory:
            self._parts = [
                StoredFindings.keep(part, self._file) if isinstance(part, FindingColumns) else part
                for part in self._parts
            ]
            self._held = 0

    def ranges(self, order: Order) -> list[Range]:
        """Return the findings in ranges that are in order; each range is sorted when it is loaded."""
        if all(isinstance(part, FindingColumns) for part in self._parts):
            found = join([part for part in self._parts if isinstance(part, FindingColumns)])
            self._parts.clear()
            return [Range(len(found), lambda: found, order)]
        number = self._numbered()
        sizes = np.bincount(np.concatenate(number)).tolist()
        return [Range(size, self._loader(number, which), order) for which, size in enumerate(sizes) if size]

    def _loader(self, number: list[Ints], which: int) -> Callable[[], FindingColumns]:
        def load() -> FindingColumns:
            chosen = []
            for part, mine in zip(self._parts, number, strict=True):
                rows = np.flatnonzero(mine == which)
                if len(rows):
                    chosen.append(take(part if isinstance(part, FindingColumns) else part.load(), rows))
            return join(chosen)

        return load

    def _numbered(self) -> list[Ints]:
        """Return the number of the range of each finding."""
        assert self.memory is not None
        ranges = min(int(self._bytes / (MEMORY_SHARE * self.memory)) + 1, _MOST_RANGES)
        first, second = (np.concatenate(words) for words in zip(*self._prefixes, strict=True))
        step = max(len(first) // _SAMPLE, 1)
        sample = np.lexsort((second[::step], first[::step]))
        splits = [sample[len(sample) * cut // ranges] * step for cut in range(1, ranges)]
        found = []
        for one, two in self._prefixes:
            number = np.zeros(len(one), np.int64)
            for split in splits:
                number += _at_least(one, two, first[split], second[split])
            found.append(number)
        return found


def _at_least(first: Words, second: Words, one: np.uint64, two: np.uint64) -> Bools:
    found: Bools = (first > one) | ((first == one) & (second >= two))
    return found


@define(eq=False)
class Range:
    """Findings that follow one another in the order."""

    size: int
    _load: Callable[[], FindingColumns]
    _order: Order
    _loaded: tuple[FindingColumns, Ints, Ints] | None = None

    def load(self) -> tuple[FindingColumns, Ints, Ints]:
        """Return and keep the findings, their order, and where the evidence of each begins."""
        if self._loaded is None:
            found = self._load()
            self._loaded = (found, self._order(found), evidence_begins(found))
        return self._loaded

    def only(self, chosen: Bools, size: int) -> Range:
        """Return some of the findings, so many, in the same order."""
        return Range(size, self._load, lambda found: self._order(found)[chosen])

    def forget(self) -> None:
        """Drop the loaded findings."""
        self._loaded = None
