"""Persons of a log who are probably the same: found by the hash of a simplified form of each text."""

from __future__ import annotations

from threading import Lock
from typing import Final

import numpy as np
import pyarrow as pa

from comity.columnar.arrays import Bools, Words
from comity.columnar.scan.text_keys import TextKey, TextKeys, hash_key
from comity.columns.arrow_arrays import flags, numbers, texts
from comity.texts.near import Near, find_near, near_forms

_ASCII: Final = 128
_KEPT: Final = np.array(
    [ord(chr(code).lower()) if chr(code).isalnum() and code < _ASCII else 0 for code in range(256)], np.uint8
)
"""For each ASCII byte, its simplified form: a small letter or a digit, or 0 for nothing."""
_MOST: Final = 1 << 22
"""How many persons are kept; if there are more, only half of the forms are compared, and so on."""
_TOP: Final = np.uint64(63)
_ONES: Final = np.uint64(0x0101_0101_0101_0101)
_TOP_BYTE: Final = np.uint64(56)


class NearPersons:
    """Takes the distinct persons of each partition; partitions may be taken by several threads.

    A person costs about a fifth of a microsecond, which is less than reading one of their rows. Memory is
    bounded: if there are more than `_MOST` persons, only those are kept whose hash is in one half of all
    hashes, then in a quarter, and so on. Near persons have the same form, so that they stay together.
    """

    def __init__(self, keys: TextKeys) -> None:
        self._keys = keys
        self._forms = TextKeys()
        self._parts: list[tuple[Words, list[Words]]] = []
        self._held = 0
        self._halvings = 0
        self._lock = Lock()

    def take(self, persons: TextKey) -> None:
        """Take distinct persons that were not taken before."""
        if not len(persons[0]):
            return
        hashed, filled = self._hash(persons)
        with self._lock:
            self._add(hashed[filled], [word[filled] for word in persons])

    def _add(self, hashed: Words, persons: list[Words]) -> None:
        if self._halvings:
            chosen = _is_kept(hashed, self._halvings)
            hashed, persons = hashed[chosen], [word[chosen] for word in persons]
        self._parts.append((hashed, persons))
        self._held += len(hashed)
        while self._held > _MOST:
            self._halvings += 1
            parts, self._parts, self._held = self._parts, [], 0
            for one, words in parts:
                chosen = _is_kept(one, self._halvings)
                self._parts.append((one[chosen], [word[chosen] for word in words]))
                self._held += int(chosen.sum())

    def _hash(self, persons: TextKey) -> tuple[Words, Bools]:
        """Return hashes that are equal for near persons, and which persons have a form that is not empty."""
        data = np.column_stack(persons).astype("<u8", copy=False).view(np.uint8).reshape(len(persons[0]), -1)
        left = _KEPT.take(data)
        kept = left != 0
        # Each word has eight flags: their sum is the top byte of this product.
        counts = (kept.view(np.uint64) * _ONES) >> _TOP_BYTE
        ends = np.zeros(len(left) + 1, np.int64)
        np.cumsum(counts.sum(axis=1), out=ends[1:])
        forms: pa.Array = pa.LargeStringArray.from_buffers(
            len(left), pa.py_buffer(ends), pa.py_buffer(left[kept])
        ).cast(pa.string())
        if int(data.max()) >= _ASCII:
            wide = (data >= _ASCII).any(axis=1)
            rows = np.flatnonzero(wide)
            written = near_forms(self._keys.texts([word[rows] for word in persons]).to_pylist())
            places = np.zeros(len(left), np.int64)
            places[rows] = np.arange(len(rows))
            forms = pa.compute.if_else(flags(np.asarray(wide)), texts(written).take(numbers(places)), forms)
        words = self._forms.words(forms)
        return hash_key(words), np.asarray(words[0] != 0)

    def found(self) -> Near | None:
        """Return the near persons among all that were taken, None if there are none."""
        if not self._parts:
            return None
        hashed = np.concatenate([one for one, _ in self._parts])
        ordered = np.sort(hashed)
        same = ordered[1:][ordered[1:] == ordered[:-1]]
        if not len(same):
            return None
        several: list[str] = []
        for one, words in self._parts:
            rows = np.flatnonzero(np.isin(one, same))
            if len(rows):
                several += self._keys.texts([word[rows] for word in words]).to_pylist()
        return find_near(dict.fromkeys(several))


def _is_kept(hashed: Words, halvings: int) -> Bools:
    kept: Bools = hashed >> (_TOP - np.uint64(halvings - 1)) == 0
    return kept
