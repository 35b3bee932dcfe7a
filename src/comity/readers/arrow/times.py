"""Arrow columns of times as instants; unusual times are left to be read one by one."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.clock.instants import DAY, MAX_INSTANT, MIN_INSTANT, PER_SECOND
from comity.clock.iso_times import may_be_iso
from comity.clock.zones import Zone
from comity.columns.arrow_arrays import bytes_of, flags, text, valid_of, values_of
from comity.columns.zone_runs import column as figures
from comity.columns.zone_runs import runs_in, stretches_of
from comity.readers.arrow.pattern_times import read_pattern_times, shapes_of
from comity.readers.arrow.texts import as_texts, is_empty, is_text, lengths_of
from comity.readers.events.times import MARGIN
from comity.readers.mapping.mapping import UNITS, FieldRule
from comity.readers.mapping.patterns import is_pattern
from comity.records import define

_TYPES: Final = (pa.timestamp("us", "UTC"), pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.timestamp("ns"))
_DATE: Final = 10
"""Characters of a date without a time."""
_COLON: Final = 13
"""Characters before the minutes."""
_LONGEST_HOUR: Final = len("2025-03-01T09+01:00")
_MOST_DIGITS: Final = 18
_FIRST: Final = 64
_ISO_SHAPE: Final = re.compile(r"0000-00-00(?:([T ])00:00(:00(\.0{1,6})?)?(Z|[+-]00:?00)?)?")
_MOST_PATTERNS: Final = 4
"""Logs that several programs write have about two."""


@define(eq=False)
class ArrowTimes:
    """Instants of a column."""

    instants: NDArray[np.int64]
    """Microseconds since 1970-01-01T00:00:00Z."""
    suspect: NDArray[np.bool_]
    """Which rows must be read one by one."""
    dates: NDArray[np.bool_] | None = None
    """Which rows have a date without a time; None where none has."""
    impossible: NDArray[np.bool_] | None = None
    """Which rows write a day or a time of day that does not exist; they are suspect, too."""


def read_times(column: pa.Array, rule: FieldRule, zone: Zone | None) -> ArrowTimes | None:
    """Return the instants of a column; None where all of it must be read row by row."""
    if rule.values is not None or rule.default is not None or rule.zones:
        return None
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _stamps(column, zone)
    if pa.types.is_date(kind):
        days = column.cast(pa.date32()).cast(pa.int32())
        return _local(_numbers(days) * DAY, _missing(column), zone, dates=np.ones(len(column), np.bool_))
    if rule.format in UNITS:
        return _unix(column, UNITS[rule.format])
    if rule.format in (None, "iso") and is_text(kind):
        # Most columns need no trimming: a cast that succeeds shows that sooner than looking for white space.
        found = _iso(column, zone) if pa.types.is_string(kind) else None
        if found is None:
            texts = as_texts(column)
            found = _iso(texts, zone) or _by_shape(texts, zone)
        return found
    if is_pattern(rule.format or "") and is_text(kind):
        return _pattern(as_texts(column), rule.format or "", zone)
    return None


def _pattern(
    texts: pa.Array, pattern: str, zone: Zone | None, shapes: pa.DictionaryArray | None = None
) -> ArrowTimes | None:
    found = read_pattern_times(texts, pattern, shapes)
    if found is None:
        return None
    if found.precision == "instant":
        times = _checked(found.micros, found.suspect)
    else:
        dates = np.ones(len(texts), np.bool_) if found.precision == "date" else None
        times = _local(found.micros, found.suspect, zone, dates)
    times.impossible = found.impossible
    return times


def _numbers(column: pa.Array) -> NDArray[np.int64]:
    values = values_of(column).astype(np.int64, copy=False)
    return np.where(valid_of(column), values, 0) if column.null_count else values


def _missing(column: pa.Array) -> NDArray[np.bool_]:
    return ~valid_of(column)


def _stamps(column: pa.Array, zone: Zone | None) -> ArrowTimes:
    numbers, per_second = _numbers(column.cast(pa.int64())), PER_SECOND[column.type.unit]
    missing = _missing(column)
    if per_second > 10**6:
        numbers = numbers // 1000
    elif per_second < 10**6:
        factor = 10**6 // per_second
        outside = np.abs(numbers) > MAX_INSTANT // factor + 1
        missing |= outside
        numbers = np.where(outside, 0, numbers) * factor
    if column.type.tz is None:
        return _local(numbers, missing, zone)
    return _checked(numbers, missing)


def _checked(
    instants: NDArray[np.int64], missing: NDArray[np.bool_], dates: NDArray[np.bool_] | None = None
) -> ArrowTimes:
    outside = (instants < MIN_INSTANT) | (instants > MAX_INSTANT)
    return ArrowTimes(instants, missing | outside, dates)


def _iso(texts: pa.Array, zone: Zone | None) -> ArrowTimes | None:
    empty = is_empty(texts)
    whole = texts if not empty.any() else pc.if_else(flags(empty), text(None), texts)
    for kind in _TYPES:
        try:
            # A cast of a few texts shows whether all can be of this type: a cast that fails is slow.
            whole.slice(0, _FIRST).cast(kind)
            column = whole.cast(kind)
        except pa.ArrowInvalid:
            continue
        found = _stamps(column, zone)
        lengths = lengths_of(texts)
        if kind.tz is None:
            found.dates = lengths == _DATE
        found.suspect |= _lacks_minutes(texts, lengths)
        return found
    return None


def _lacks_minutes(texts: pa.Array, lengths: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Return which texts have an hour without minutes: Arrow reads these, `iso_times` does not."""
    if not len(lengths) or int(lengths.min()) > _LONGEST_HOUR:
        return np.zeros(len(lengths), np.bool_)
    offsets, data = bytes_of(texts)
    timed: NDArray[np.bool_] = lengths > _COLON
    if not timed.any():
        return timed
    lacking: NDArray[np.bool_] = data[np.where(timed, offsets[:-1] + _COLON, 0)] != ord(":")
    return np.asarray(timed & lacking | (lengths == _COLON))


def _by_shape(texts: pa.Array, zone: Zone | None) -> ArrowTimes:
    """Read the texts of the most common shapes, and leave the others to be read one by one."""
    shapes, never = _iso_shapes(shapes_of(texts))
    found: ArrowTimes | None = None
    for pattern in _iso_patterns(shapes):
        times = _pattern(texts, pattern, zone, shapes)
        if times is None or found is None:
            found = times or found
            continue
        better = found.suspect & ~times.suspect
        found.instants = np.where(better, times.instants, found.instants)
        found.suspect &= times.suspect
        found.impossible = _either(found.impossible, times.impossible)
        if found.dates is not None or times.dates is not None:
            none = np.zeros(len(texts), np.bool_)
            before, after = (none if each.dates is None else each.dates for each in (found, times))
            found.dates = np.where(better, after, before)
    if found is None:
        every = np.ones(len(texts), np.bool_)
        return ArrowTimes(np.zeros(len(texts), np.int64), every, impossible=never)
    found.impossible = _either(found.impossible, never)
    return found


def _iso_shapes(shapes: pa.DictionaryArray) -> tuple[pa.DictionaryArray, NDArray[np.bool_]]:
    """Return shapes with null for all those that no time has, and which rows have one of these.

    Texts with characters outside ASCII keep theirs: some of these characters are left out when a row is read.
    """
    names = shapes.dictionary.to_pylist()
    known = np.array([not name.isascii() or may_be_iso(name) for name in names], np.bool_)
    codes = values_of(shapes.indices)
    never = ~known[codes]
    places = np.where(known, np.cumsum(known) - 1, known.sum())
    kept = [name for name, is_known in zip(names, known, strict=True) if is_known]
    return pa.DictionaryArray.from_arrays(pa.array(places[codes], pa.int32()), [*kept, None]), never


def _either(one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    return one if other is None else other if one is None else one | other


def _iso_patterns(shapes: pa.DictionaryArray) -> list[str]:
    """Return the patterns of the most common shapes that ISO 8601 has."""
    names = shapes.dictionary.to_pylist()
    counts = np.bincount(values_of(shapes.indices), minlength=len(names))
    patterns: dict[str, None] = {}
    for number in np.argsort(-counts, kind="stable").tolist():
        written = _ISO_SHAPE.fullmatch(names[number] or "")
        if written is not None:
            between, seconds, fraction, offset = written.groups()
            clock = "%H:%M" + (":%S" if seconds else "") + (".%f" if fraction else "")
            patterns["%Y-%m-%d" + (f"{between}{clock}" if between else "") + ("%z" if offset else "")] = None
        if len(patterns) == _MOST_PATTERNS:
            break
    return list(patterns)


def _unix(column: pa.Array, unit: int) -> ArrowTimes | None:
    if is_text(column.type):
        texts = as_texts(column)
        plain = pc.fill_null(pc.utf8_is_digit(texts), False)
        short = pc.less_equal(pc.binary_length(texts), _MOST_DIGITS)
        good = pc.and_(plain, short)
        try:
            column = pc.if_else(good, texts, text(None)).cast(pa.int64())
        except pa.ArrowInvalid:
            return None
    elif not pa.types.is_integer(column.type) or pa.types.is_uint64(column.type):
        return None
    numbers, missing = _numbers(column), _missing(column)
    outside = np.abs(numbers) > MAX_INSTANT // unit + 1
    return _checked(np.where(outside, 0, numbers) * unit, missing | outside)


def _local(
    walls: NDArray[np.int64],
    missing: NDArray[np.bool_],
    zone: Zone | None,
    dates: NDArray[np.bool_] | None = None,
) -> ArrowTimes:
    """Return the instants of local times; times near a change of offset are suspect."""
    if zone is None:
        return ArrowTimes(walls, np.ones(len(walls), np.bool_))
    missing = missing | (walls < MIN_INSTANT) | (walls > MAX_INSTANT)
    known = ~missing
    if not known.any():
        return ArrowTimes(walls, missing, dates)
    runs = runs_in(zone, stretches_of(walls[known]))
    offsets = figures(runs, "offset")
    starts, ends = figures(runs, "start"), figures(runs, "end")
    begins, low, high = _clear(starts, ends, offsets)
    index = np.maximum(np.searchsorted(begins, walls, "right") - 1, 0)
    clear = (low.take(index) <= walls) & (walls < high.take(index))
    return _checked(walls - offsets.take(index), missing | ~clear, dates)


def _clear(
    starts: NDArray[np.int64], ends: NDArray[np.int64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return where runs of one offset begin on a wall clock, and which of its times belong to one run alone.

    These are neither skipped nor repeated. Where the run before or after is not known, or is short, the times
    near it are left out.
    """
    begins, stops = starts + offsets, ends + offsets
    low, high = begins + MARGIN, stops - MARGIN
    known = (
        (starts[1:] == ends[:-1]) & (ends[:-1] - starts[:-1] >= MARGIN) & (ends[1:] - starts[1:] >= MARGIN)
    )
    low[1:] = np.where(known, np.maximum(begins[1:], stops[:-1]), low[1:])
    high[:-1] = np.where(known, np.minimum(stops[:-1], begins[1:]), high[:-1])
    return begins, low, high
