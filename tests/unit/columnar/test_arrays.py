from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from comity.columnar.arrays import (
    bisect,
    first_index_after,
    last_index_before,
    ranges,
    stable_order,
    width_of,
)

WORD = st.one_of(st.integers(0, 3), st.integers(0, 2**64 - 1))


@given(st.lists(st.tuples(WORD, st.integers(0, 300)), max_size=40))
def test_rows_are_ordered_by_their_keys_and_then_as_they_stood(rows: list[tuple[int, int]]) -> None:
    keys = [np.array([row[place] for row in rows], np.uint64) for place in (0, 1)]
    widths = [64, width_of(max((row[1] for row in rows), default=0))]
    expected = sorted(range(len(rows)), key=lambda row: rows[row])
    assert stable_order(keys, widths).tolist() == expected


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.data())
def test_the_nearest_marked_row_of_the_scope_is_found(marked: list[bool], data: st.DataObject) -> None:
    size = len(marked)
    cuts = sorted(data.draw(st.sets(st.integers(1, size - 1)))) if size > 1 else []
    begins, ends = [0, *cuts], [*cuts, size]
    spans = [(begin, end) for begin, end in zip(begins, ends, strict=True) for _ in range(begin, end)]
    starts, stops = (np.array(each, np.int64) for each in zip(*spans, strict=True))
    rows = np.arange(size)
    before = last_index_before(np.array(marked), starts, rows).tolist()
    after = first_index_after(np.array(marked), stops, rows).tolist()
    for row, (begin, end) in enumerate(spans):
        assert before[row] == max((n for n in range(begin, row) if marked[n]), default=-1)
        assert after[row] == min((n for n in range(row + 1, end) if marked[n]), default=-1)


@given(st.lists(st.integers(0, 9), max_size=20).map(sorted), st.data())
def test_a_bisection_stays_between_its_bounds(values: list[int], data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(values)))
    high = data.draw(st.integers(low, len(values)))
    wanted = data.draw(st.integers(-1, 10))
    arrays = [np.array([number], np.int64) for number in (low, high, wanted)]
    found = bisect(np.array(values, np.int64), *arrays).tolist()
    assert found == [next((n for n in range(low, high) if values[n] >= wanted), high)]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 4)), max_size=10))
def test_ranges_are_joined(spans: list[tuple[int, int]]) -> None:
    starts, sizes = (np.array([span[place] for span in spans], np.int64) for place in (0, 1))
    assert ranges(starts, sizes).tolist() == [n for begin, size in spans for n in range(begin, begin + size)]
