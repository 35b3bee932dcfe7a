"""Rows in the order of their keys and of time, and the keys that are distinct."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from comity.columnar.arrays import WORD, Bools, Ints, Words, index_bits, stable_order, width_of
from comity.columnar.scan.text_keys import hash_key


def joined_keys(one: Sequence[Words], other: Sequence[Words]) -> list[Words]:
    """Return the keys of some rows, and after them those of others."""
    if not len(other[0]):
        return list(one)
    return [np.concatenate(words) for words in zip(*_of_one_length(one, other), strict=True)]


def _of_one_length(*keys: Sequence[Words]) -> list[list[Words]]:
    longest = max(map(len, keys))
    return [[*key, *[np.zeros(len(key[0]), np.uint64)] * (longest - len(key))] for key in keys]


def others_of(known: Sequence[Words], others: Sequence[Words]) -> list[Words]:
    """Return the distinct keys that are not among the known ones, which are distinct."""
    if not others or not len(others[0]):
        return [np.zeros(0, np.uint64)]
    known, others = _of_one_length(known, others)
    # A hash table without all of the known keys finds most of the others: those are known.
    size = np.uint64((1 << width_of(4 * len(known[0]))) - 1)
    table = np.full(int(size) + 1, -1, np.int32)
    table[hash_key(known) & size] = np.arange(len(known[0]), dtype=np.int32)
    candidate = table[hash_key(others) & size]
    found = candidate >= 0
    for word, mine in zip(known, others, strict=True):
        if len(word):
            found &= word[candidate] == mine
    rest = np.flatnonzero(~found)
    left = [word.take(rest) for word in others]
    together = [np.concatenate((word, mine)) for word, mine in zip(known, left, strict=True)]
    order, first = sorted_by_key(together)
    # The order is stable, so that a known key comes first among equal ones.
    chosen = order[first] - len(known[0])
    chosen = chosen[chosen >= 0]
    return [word[chosen] for word in left]


def sorted_by_key(key: Sequence[Words], at: Ints | None = None) -> tuple[Ints, Bools]:
    """Return the order of rows by key, then by instant if given, and which are the first of their key."""
    by_time = None if at is None else _by_time(at)
    hashed = hash_key(key)
    # As many bits of the hash as one round of sorting takes; different keys hardly ever share all of these.
    bits = WORD - index_bits(len(hashed))
    order = stable_order([hashed], [bits], by_time)
    first = _firsts(key, order)
    hashed = hashed.take(order[first])
    hashed &= np.uint64((1 << bits) - 1)
    if (hashed[1:] == hashed[:-1]).any():
        # Different keys share these bits and may alternate: sort by the keys themselves.
        order = stable_order(key, [64] * len(key), by_time)
        first = _firsts(key, order)
    return order, first


def _firsts(key: Sequence[Words], order: Ints) -> Bools:
    first = np.zeros(len(order), np.bool_)
    first[:1] = True
    for word in key:
        sorted_ = word.take(order)
        first[1:] |= sorted_[1:] != sorted_[:-1]
    return first


def _by_time(at: Ints) -> Ints:
    since = (at - at.min()).astype(np.uint64) if len(at) else at.astype(np.uint64)
    second = np.uint64(1_000_000)
    if len(since) and not (since % second).any():
        since //= second
    return stable_order([since], [width_of(int(since.max(initial=0)))])
