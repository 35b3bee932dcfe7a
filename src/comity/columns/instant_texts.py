"""Instants as texts, a column at a time."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.clock.instants import DAY, SECOND
from comity.columns.arrow_arrays import flags, joined, numbers, text, valid_of, values_of

_DAY_SECONDS = DAY // SECOND
_MANY = 1 << 11
"""From so many texts on it pays to look days and times up in tables, which take milliseconds to make."""
_TABLE_DAYS, _MOST_TABLES = 1 << 10, 1 << 7
"""Tables begin at multiples of so many days, so that they can be used again, and span 360 years at most."""


def instant_texts(instants: pa.Array) -> pa.Array:
    """Write an Arrow array of timestamps in microseconds as `format_instant` does; nulls stay null."""
    micros = instants.cast(pa.int64())
    missing = ~valid_of(micros)
    values = np.where(missing, 0, values_of(micros))
    seconds = values // SECOND  # `np.divmod` of integers takes ten times as long.
    rest = values - seconds * SECOND
    if not rest.any():
        return _second_texts(seconds, missing, "Z")
    digits = joined(".", pc.utf8_lpad(numbers(rest).cast(pa.string()), 6, "0"))
    return joined(_second_texts(seconds, missing, ""), pc.if_else(flags(rest == 0), text(""), digits), "Z")


def _second_texts(seconds: NDArray[np.int64], missing: NDArray[np.bool_], end: str) -> pa.Array:
    """Write seconds since 1970 as local date and time in UTC, with a text after each."""
    if len(seconds) >= _MANY:
        days = seconds // _DAY_SECONDS
        first = int(days.min()) // _TABLE_DAYS
        tables = int(days.max()) // _TABLE_DAYS - first + 1
        if tables <= _MOST_TABLES:
            times = seconds - days * _DAY_SECONDS
            return _looked_up(days - first * _TABLE_DAYS, _days(first, tables), times, _times(end), missing)
    stamps = numbers(seconds, missing).cast(pa.timestamp("s"))
    texts = pc.binary_replace_slice(stamps.cast(pa.string()), 10, 11, "T")
    return joined(texts, end) if end else texts


def _looked_up(
    days: NDArray[np.int64],
    day_texts: NDArray[np.void],
    times: NDArray[np.int64],
    time_texts: NDArray[np.void],
    missing: NDArray[np.bool_],
) -> pa.Array:
    written = np.empty(len(days), [("day", day_texts.dtype), ("time", time_texts.dtype)])
    written["day"], written["time"] = day_texts.take(days), time_texts.take(times)
    size = written.dtype.itemsize
    if missing.any():
        written = written[~missing]
        offsets = np.zeros(len(days) + 1, np.int32)
        np.cumsum(np.where(missing, 0, size), out=offsets[1:])
        valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    else:
        offsets, valid = np.arange(0, size * len(days) + 1, size, dtype=np.int32), None
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(written.view(np.uint8))]
    return pa.Array.from_buffers(pa.string(), len(days), buffers)


@lru_cache(maxsize=8)
def _days(first: int, tables: int) -> NDArray[np.void]:
    """Return the texts of the days of some tables, the first of which has the number `first`."""
    days: NDArray[Any] = np.arange(first * _TABLE_DAYS, (first + tables) * _TABLE_DAYS)
    return np.datetime_as_string(days.astype("datetime64[D]")).astype("S10").view("V10")


@cache
def _times(end: str) -> NDArray[np.void]:
    """Return the text of each second of a day, from `T` on."""
    hours = [f"{hour:02}" for hour in range(24)]
    sixty = [f"{number:02}" for number in range(60)]
    minutes = [f"T{hour}:{minute}:" for hour in hours for minute in sixty]
    found = np.array([f"{minute}{second}{end}".encode() for minute in minutes for second in sixty])
    return found.view(f"V{found.dtype.itemsize}")
