"""Some rows of a split are the same whether they are read alone or among all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from comity.budgets import DEFAULT_LOG_BUDGETS
from comity.readers.formats.csv_cut import lines_are_plain, lines_of_rows
from comity.readers.formats.csv_rows import CsvHead
from comity.readers.formats.csv_splits import CsvSplitReader, _pick

CELLS = st.text(alphabet="ab é ,;'\t\u00a0\u2028", max_size=6)
LINES = st.lists(st.one_of(CELLS, st.sampled_from(["", " ", "\t", "\u00a0 ", "a,b", "a,b,c"])), max_size=12)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from([",", ";", "\t"]), st.data())
def test_rows_read_alone_are_those_among_all(
    lines: list[str], end: str, ended: bool, delimiter: str, data: st.DataObject
) -> None:
    raw = bytearray((end.join(lines) + (end if ended else "")).encode())
    reader = CsvSplitReader(CsvHead(delimiter, ("x", "y"), 0, DEFAULT_LOG_BUDGETS.cell), None)
    whole = list(reader._by_row(raw))
    size = sum(batch.count for batch in whole)
    indices = sorted(data.draw(st.sets(st.integers(0, size - 1)))) if size else []
    assert lines_are_plain(raw)
    if raw and indices:
        assert reader._some(raw, indices) == _pick(whole, indices)


def test_lines_with_quotes_are_not_taken_for_rows() -> None:
    assert lines_of_rows(bytearray(b'a,"b\nc"\n'), [0], ",") is None


def test_many_odd_lines_are_not_looked_at_one_by_one() -> None:
    assert lines_of_rows(bytearray(b" a,b\n" * 5000), [4999], ",") is None
