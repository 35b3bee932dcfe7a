"""Numbers as the texts of findings, a column at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columnar.arrays import Ints
from comity.instants import DAY, HOUR, MINUTE, SECOND, format_elapsed

_HOURS = pa.array([None, *(f"{n}h" for n in range(1, 24))])
_MINUTES = pa.array([None, *(f"{n}m" for n in range(1, 60))])
_SECONDS = pa.array([None, *(f"{n}s" for n in range(1, 60))])
_MOST_DAYS = 100_000


def elapsed_texts(micros: Ints) -> Any:
    """Write lengths of time as `format_elapsed` does, as an Arrow array."""
    if not len(micros):
        return pa.array([], pa.string())
    days = micros // DAY
    most = int(days.max())
    if (micros % SECOND).any() or int(micros.min()) < SECOND or most > _MOST_DAYS:
        distinct, inverse = np.unique(micros, return_inverse=True)
        return pa.array([format_elapsed(each) for each in distinct.tolist()]).take(pa.array(inverse))
    named = pa.array([None, *(f"{n}d" for n in range(1, most + 1))], pa.string())
    parts = (
        named.take(pa.array(days)),
        _HOURS.take(pa.array(micros % DAY // HOUR)),
        _MINUTES.take(pa.array(micros % HOUR // MINUTE)),
        _SECONDS.take(pa.array(micros % MINUTE // SECOND)),
    )
    return pc.binary_join_element_wise(*parts, " ", null_handling="skip")
