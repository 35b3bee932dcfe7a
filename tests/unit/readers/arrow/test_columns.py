"""Reading by columns gives what reading row by row gives: `read_log` does both and compares them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Read, read_log
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.readers import Mapping
from comity.readers.arrow.texts import WHITE_SPACE
from comity.readers.formats import csv_splits
from comity.readers.mapping.mapping import FieldRule, Only

TIMES = (
    "2025-03-01T09:30:00Z",
    "2025-03-01 09:30:00Z",
    "2025-03-01T09:30:00.5+01:00",
    "2025-03-01T09:30:00.123456789Z",
    "2025-03-30T02:30:00",
    "2025-10-26 02:30",
    "2025-03-01",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59-10:00",
    "2025-02-30T00:00:00Z",
    "2025-03-31 10:59:60Z",
    "2025-12-31T23:59:59-1130",
    "2025-00-10 10:00+00:00",
    "2025-03-\u0661\u0661 09:30:00Z",
    "2025-03-01T24:00:00Z",
    "2025-03-01T09:30:00 z",
    "1741000000",
    "yesterday",
    "",
)
CELLS = (
    "",
    "ann",
    " ann ",
    "a,b",
    'say "hi"',
    "two\nlines",
    "é\u00a0",
    "\u2003x",
    "7",
    "1.50",
    "true",
    "=1",
    "#2",
    "'",
)
DIRECTIONS = ("", "out", "Inbound", "none", "sideways", " sent ")
ZONES = ("", "Europe/Paris", "+05:30", "Europe/Paris Asia/Tokyo", "Mars/Olympus", " UTC ")


def columns(times: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    cells = st.sampled_from(CELLS)
    return st.fixed_dictionaries(
        {
            "person": st.sampled_from((*CELLS[1:], *["bob"] * 10)),
            "at": st.sampled_from((*times, *[times[0]] * 3)),
            "id": cells,
            "kind": cells,
            "channel": cells,
            "direction": st.sampled_from(("out", "out", *DIRECTIONS)),
            "matter": st.sampled_from(("", "m1", "m1;m2", " m2 ; ")),
            "timezone": st.sampled_from(("", "", *ZONES)),
            "score": cells,
        }
    )


def rows_with(times: tuple[str, ...]) -> st.SearchStrategy[list[dict[str, str]]]:
    return st.lists(columns(times), max_size=12)


def written(rows: list[dict[str, str]], quoting: Any, end: str) -> str:
    buffer = io.StringIO()
    names = list(rows[0]) if rows else ["person", "at"]
    writer = csv.DictWriter(buffer, names, quoting=quoting, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


@pytest.mark.parametrize("split", [1 << 23, 200])
def test_csv_of_all_sorts(split: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_splits, "SPLIT", split)

    @settings(deadline=None, max_examples=60)
    @given(
        st.sampled_from((TIMES, TIMES[:4], TIMES[4:7])).flatmap(
            lambda times: st.lists(columns(times), max_size=12)
        ),
        st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
        st.sampled_from(("\n", "\r\n")),
        st.sampled_from((None, "Europe/Berlin")),
        st.sampled_from(
            (
                "",
                "\n\n",
                'an "odd" line\n',
                "too,few\n",
                "one\n" * 3,
                "," * 20 + "\n",
                'open,"quote\n',
                "\x00,\x00\n",
                "   \n",
            )
        ),
    )
    def alike(rows: list[dict[str, str]], quoting: Any, end: str, zone: str | None, last: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "log.csv"
            path.write_bytes((written(rows, quoting, end) + last).encode())
            read_log([path], timezone=zone)

    alike()


@settings(deadline=None, max_examples=60)
@given(st.lists(columns(TIMES), min_size=1, max_size=8), st.booleans())
def test_mappings_of_all_sorts(rows: list[dict[str, str]], also: bool) -> None:
    further = {"at": FieldRule("at"), "kind": FieldRule(value="+")}
    mapping = Mapping(
        1,
        fields={
            "person": FieldRule("person", default="nobody"),
            "kind": FieldRule("kind", values={"ann": "call"}, default="other"),
            "channel": FieldRule(value="phone"),
            "score": FieldRule("score", values={"7": 8, "true": True}),
            "share": FieldRule("score"),
        },
        only=(Only("channel", ("", "ann", "7")),),
        also=(further,) if also else (),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        path.write_text(written(rows, csv.QUOTE_MINIMAL, "\n"))
        read_log([path], mapping=mapping, timezone="Europe/Berlin")


UNITS = ("s", "ms", "us", "ns")
INSTANTS = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(CELLS), st.none() | INSTANTS, st.none() | st.sampled_from(CELLS)),
        max_size=8,
    ),
    st.sampled_from(
        [pa.timestamp(unit, zone) for unit in ("s", "ms", "us", "ns") for zone in (None, "UTC", "+01:00")]
    ),
    st.sampled_from((pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()))),
    st.sampled_from((None, "Europe/Berlin")),
)
def test_parquet_of_all_types(rows: list[Any], instant: Any, text: Any, zone: str | None) -> None:
    persons, ats, kinds = zip(*rows, strict=True) if rows else ((), (), ())
    stamps = pa.array(ats, pa.timestamp("us")).cast(instant, safe=False)
    table = pa.table(
        {
            "person": pa.array(persons, pa.string()).cast(text),
            "at": stamps,
            "kind": pa.array(kinds, pa.string()).cast(text),
            "score": pa.array(range(len(rows)), pa.int16()),
            "ok": pa.array([None if n % 3 == 0 else n % 3 == 1 for n in range(len(rows))], pa.bool_()),
            "share": pa.array([n / 4 for n in range(len(rows))], pa.float32()),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        pq.write_table(table, path, version="2.6")
        read_log([path], timezone=zone)


def test_blank_lines_alone_are_no_rows(read: Read) -> None:
    assert read("person,at\n\n\n").events == []


def test_white_space_is_what_strip_removes() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    assert "".join(character for character in every if character.isspace()) == WHITE_SPACE
