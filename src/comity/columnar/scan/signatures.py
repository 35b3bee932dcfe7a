"""The signatures of a block: its events by the fields with few values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from math import prod

import numpy as np

from comity.columnar.arrays import Codes
from comity.columns.event_columns import ABSENT, EventColumns
from comity.events.census import MOST_SIGNATURES, Signature

SIGNATURE = ("kind", "channel", "direction", "outcome")
"""The fields with few values: selectors are decided once for each combination."""


class BlockSignatures:
    """The combinations of the texts that a block has in the fields of a signature, each with a code."""

    def __init__(self, columns: EventColumns) -> None:
        self._rows = len(columns)
        self._coded = {name: columns.fields[name] for name in SIGNATURE if name in columns.fields}
        self.size = prod(max(len(column.values), 1) for column in self._coded.values())
        """How many combinations there can be."""

    def codes(self) -> Codes:
        """Return the code of each event, if `size` is small."""
        codes = np.zeros(self._rows, np.int32)
        size = 1
        for column in self._coded.values():
            codes += column.codes * np.int32(size)
            size *= max(len(column.values), 1)
        return codes

    def counts(self, codes: Codes) -> Iterator[tuple[int, int]]:
        """Yield the codes that events have, each with how many do."""
        counts = np.bincount(codes, minlength=self.size)
        for code in np.flatnonzero(counts).tolist():
            yield code, int(counts[code])

    def values(self, code: int) -> dict[str, str | None]:
        """Return the text of each field as the log has it, for a code."""
        known = {}
        for name, column in self._coded.items():
            code, place = divmod(code, max(len(column.values), 1))
            known[name] = column.values[place]
        return known

    def count_some(self) -> Counter[Signature]:
        """Count signatures where there are many; stop when there are more than `MOST_SIGNATURES`."""
        rows = np.zeros(self._rows, np.int64)
        for column in self._coded.values():
            rows = np.unique(rows * max(len(column.values), 1) + column.codes, return_inverse=True)[1]
        _, first, counts = np.unique(rows, return_index=True, return_counts=True)
        alike: Counter[Signature] = Counter()
        for row, count in zip(first.tolist(), counts.tolist(), strict=True):
            known = {name: column.values[column.codes[row]] for name, column in self._coded.items()}
            alike[signature_of(known)] += count
            if len(alike) > MOST_SIGNATURES:
                break
        return alike


def signature_of(known: Mapping[str, str | None]) -> Signature:
    """Return the signature of texts as the log has them."""
    kind, channel, direction = (known.get(name) or ABSENT[name] for name in SIGNATURE[:3])
    return kind, channel, direction, known.get("outcome")
