"""Texts as keys of 64-bit words, the hashes of keys, and the way back from keys to texts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa

from comity.columnar.arrays import Bytes, Codes, Ints, Words
from comity.columns.arrow_arrays import bytes_of, flags, text
from comity.columns.arrow_arrays import texts as arrow_texts

V = TypeVar("V", bound=Hashable)
LONGEST_TEXT = 64
"""In bytes of UTF-8. Longer texts are numbered: a single one would make the keys of all rows longer."""
_LONG = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
"""The first word of the key of a long text: bytes that UTF-8 never has."""
_FACTOR = np.uint64(0x9E37_79B9_7F4A_7C15)
_FACTORS = (0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB, 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F)
_SHIFT = np.uint64(32)
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
TextKey = Sequence[Words]
"""The words of the text of each row, each (n,), with zeros after its end.

INVARIANT: two keys are equal if and only if their texts are.
"""


class Interner(Generic[V]):
    """Numbers values in the order in which they first come."""

    def __init__(self) -> None:
        self.values: list[V] = []
        self._numbers: dict[V, int] = {}
        self._lock = Lock()

    def number(self, value: V) -> int:
        """Return the number of a value."""
        with self._lock:
            number = self._numbers.setdefault(value, len(self.values))
            if number == len(self.values):
                self.values.append(value)
            return number

    def codes(self, codes: Codes, values: Sequence[V]) -> Codes:
        """Return the numbers for codes of some values."""
        table = np.array([self.number(value) for value in values], np.int32)
        return table[codes]


class TextKeys:
    """Turns texts into keys and back."""

    def __init__(self) -> None:
        self._long = Interner[str]()

    @property
    def has_long(self) -> bool:
        """Whether a text was so long that it has a number."""
        return bool(self._long.values)

    def words(self, texts: pa.Array) -> list[Words]:
        """Return the key of texts, which must not have nulls or NUL characters."""
        count = len(texts)
        if not count:
            return [np.zeros(0, np.uint64)]
        offsets, data = _buffers(texts)
        starts, lengths = offsets[:-1], np.diff(offsets)
        longest = int(lengths.max())
        if longest > LONGEST_TEXT:
            return self._long_words(texts, lengths)
        padded = np.zeros(len(data) + 8, np.uint8)
        padded[: len(data)] = data
        shortest = int(lengths.min())
        at_byte = np.ndarray((len(data) + 1,), "<u8", padded.data, strides=(1,))
        words = []
        for begin in range(0, max(longest, 1), 8):
            if shortest == longest:
                # All texts have the same length, so that they start at equal distances.
                word = (
                    np.ndarray((count,), "<u8", padded.data, begin, (longest,))
                    & _MASKS[min(longest - begin, 8)]
                )
            else:
                word = at_byte[np.minimum(starts + begin, len(data)) if begin else starts]
                if shortest - begin < 8:
                    word &= _MASKS[np.clip(lengths - begin, 0, 8)]
            words.append(word)
        return words

    def _long_words(self, texts: pa.Array, lengths: Ints) -> list[Words]:
        is_long = lengths > LONGEST_TEXT
        short = pa.compute.if_else(flags(is_long), text(""), texts)
        words = self.words(short)
        numbers = [self._long.number(long) for long in texts.filter(flags(is_long)).to_pylist()]
        if len(words) == 1:
            words.append(np.zeros(len(texts), np.uint64))
        words[0][is_long] = _LONG
        words[1][is_long] = np.array(numbers, np.uint64)
        return words

    def prefixes(self, key: TextKey) -> tuple[Words, Words]:
        """Return two words for each key that sort as the first sixteen bytes of the text do."""
        first = key[0]
        second = key[1] if len(key) > 1 else np.zeros(len(first), np.uint64)
        is_long = first == _LONG
        if is_long.any():
            first, second = first.copy(), second.copy()
            for row in np.flatnonzero(is_long).tolist():
                raw = self._long.values[int(key[1][row])].encode()[:16]
                first[row], second[row] = np.frombuffer(raw, "<u8")
        return first.byteswap(), second.byteswap()

    def texts(self, key: TextKey) -> pa.Array:
        """Return the texts of keys."""
        count = len(key[0])
        raw = np.column_stack(key).astype("<u8", copy=False).view(np.uint8).reshape(count, -1)
        is_long = key[0] == _LONG
        if is_long.any():
            texts = self.texts([np.where(is_long, np.uint64(0), word) for word in key]).to_pylist()
            for index in np.flatnonzero(is_long).tolist():
                texts[index] = self._long.values[int(key[1][index])]
            return arrow_texts(texts)
        used = raw != 0
        lengths = used.sum(axis=1)
        offsets = np.zeros(count + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        shortest = int(lengths.min()) if count else 0
        # Texts of one length, such as telephone numbers, are copied as they stand.
        data = raw[:, :shortest].tobytes() if count and shortest == lengths.max() else raw[used]
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        large = pa.LargeStringArray.from_buffers(count, *buffers[1:])
        return large.cast(pa.string())


def _buffers(texts: pa.Array) -> tuple[Ints, Bytes]:
    """Return where each text begins and the last one ends, and the bytes of these texts alone."""
    offsets, raw = bytes_of(texts)
    first = int(offsets[0])
    return offsets.astype(np.int64) - first, raw[first : int(offsets[-1])]


def hash_key(key: TextKey) -> Words:
    """Return a hash of the key of each row, with evenly distributed bits, (n,).

    INVARIANT: more words of zeros do not change the hash, so that keys of different lengths are comparable.
    """
    mixed = _mix(key[0], _FACTOR)
    for number, word in enumerate(key[1:], 1):
        mixed ^= _mix(word, np.uint64(_FACTORS[number % len(_FACTORS)]))
    mixed *= _FACTOR
    mixed ^= mixed >> _SHIFT
    return mixed


def _mix(word: Words, factor: np.uint64) -> Words:
    mixed = word * factor
    mixed ^= mixed >> _SHIFT
    return mixed
