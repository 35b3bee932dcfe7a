"""Lengths of time as texts, a column at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.clock.instants import DAY, HOUR, MINUTE, SECOND, format_elapsed
from comity.columnar.arrays import Ints
from comity.columns.arrow_arrays import numbers, text, texts

_HOURS = texts([None, *(f"{n}h" for n in range(1, 24))])
_MINUTES = texts([None, *(f"{n}m" for n in range(1, 60))])
_SECONDS = texts([None, *(f"{n}s" for n in range(1, 60))])
_MOST_DAYS = 100_000


def elapsed_texts(micros: Ints) -> pa.Array:
    """Return lengths of time, in microseconds, as the texts of `format_elapsed`."""
    if not len(micros):
        return texts([])
    days = micros // DAY
    most = int(days.max())
    if (micros % SECOND).any() or int(micros.min()) < SECOND or most > _MOST_DAYS:
        distinct, inverse = np.unique(micros, return_inverse=True)
        return texts([format_elapsed(each) for each in distinct.tolist()]).take(numbers(inverse))
    named = texts([None, *(f"{n}d" for n in range(1, most + 1))])
    parts = (
        named.take(numbers(days)),
        _HOURS.take(numbers(micros % DAY // HOUR)),
        _MINUTES.take(numbers(micros % HOUR // MINUTE)),
        _SECONDS.take(numbers(micros % MINUTE // SECOND)),
    )
    return pc.binary_join_element_wise(*parts, text(" "), null_handling="skip")
