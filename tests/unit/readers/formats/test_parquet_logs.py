from __future__ import annotations

import datetime as dt
import gzip
import io
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import Read

from comity.errors import InputError, UsageError
from comity.readers import FieldRule

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

NOON = dt.datetime(2025, 7, 1, 12, 0, 0)
AT = 1_751_371_200_000_000


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_timestamps(read: Read, unit: str, zone: str | None) -> None:
    times = pa.array([AT * 1000, None], pa.int64()).cast(pa.timestamp("ns")).cast(pa.timestamp(unit))
    if zone:
        times = times.cast(pa.int64()).cast(pa.timestamp(unit, zone))
    result = read(parquet(person=["a", "b"], at=times), "log.parquet", timezone="+02:00")
    assert [event.at for event in result.events] == [AT if zone else AT - 7_200_000_000]
    assert result.reasons == {2: "`at` is empty"}


def test_local_times_and_dates(read: Read) -> None:
    for kind, dates in ((pa.date32(), 1), (pa.date64(), 1), (pa.timestamp("us"), 0)):
        column = pa.array([NOON.date() if dates else NOON], kind)
        result = read(parquet(person=["a"], at=column), "log.parquet", timezone="UTC")
        assert result.events[0].at == AT - dates * 43_200_000_000
        assert result.tally.dates_without_time == dates
        assert "the time has no offset" in read(parquet(person=["a"], at=column), "log.parquet").reasons[1]


def test_columns_of_all_sorts(read: Read) -> None:
    content = parquet(
        person=pa.array([17, None], pa.int64()),
        at=pa.array([1_751_371_200, 1], pa.int32()),
        kind=pa.array(["call", "x"]).dictionary_encode(),
        channel=pa.array(["sms", None], pa.large_string()),
        matter=pa.array([["a", "b"], None], pa.list_(pa.string())),
        ok=pa.array([True, None]),
        share=pa.array([0.5, float("nan")]),
        price=pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
        seen=pa.array([NOON, None], pa.timestamp("us", "UTC")),
        day=pa.array([NOON.date(), None], pa.date32()),
        nested=pa.array([{"a": 1}, None]),
        raw=pa.array([b"x", None], pa.binary()),
    )
    result = read(content, "log.parquet", fields={"at": FieldRule("at", format="unix")})
    event = result.events[0]
    assert (event.person, event.at, event.kind, event.channel, event.matter) == (
        "17",
        AT,
        "call",
        "sms",
        ("a", "b"),
    )
    assert event.attributes == {
        "ok": True,
        "share": 0.5,
        "price": "1.50",
        "seen": "2025-07-01T12:00:00Z",
        "day": "2025-07-01",
        "nested": '{"a":1}',
        "raw": "x",
    }
    assert result.reasons == {2: "`person` is empty"}


def test_only_needed_columns_are_read(read: Read) -> None:
    content = parquet(person=["a"] * 5000, at=[NOON] * 5000, note=["x"] * 5000)
    result = read(content, "log.parquet", attributes=[], timezone="UTC")
    assert (len(result.events), result.events[-1].label, result.events[0].attributes) == (5000, "#5000", {})
    assert "note" not in read(content, "log.parquet", attributes=[]).rejected[0].cells


def test_values_of_typed_times(read: Read) -> None:
    content = parquet(person=["a"], at=pa.array([NOON, None], pa.timestamp("s"))[:1], until=[None])
    rule = FieldRule("at", default="2000-01-01T00:00:00Z", format="unix")
    assert read(content, "log.parquet", fields={"at": rule}, timezone="UTC").events[0].at == AT


def test_compressed_parquet(read: Read) -> None:
    assert (
        read(gzip.compress(parquet(person=["a"], at=["2025-07-01T12:00Z"])), "log.parquet.gz").events[0].at
        == AT
    )


def test_parquet_is_told_by_its_first_bytes(read: Read) -> None:
    assert read(parquet(person=["a"], at=["2025-07-01T12:00Z"]), "log.bin").tally.events == 1


def test_an_empty_table(read: Read) -> None:
    empty = parquet(person=pa.array([], pa.string()), at=pa.array([], pa.string()))
    assert read(empty, "log.parquet").tally.rows_read == 0
    with pytest.raises(InputError, match="has no column `at`"):
        read(parquet(person=pa.array([], pa.string())), "log.parquet")


@pytest.mark.parametrize("cut", [0, 3, 100, -20])
def test_a_file_that_is_cut_off(read: Read, cut: int) -> None:
    content = parquet(person=["a"], at=["2025-07-01T12:00Z"])
    with pytest.raises(InputError, match=r"log\.parquet: not a readable Parquet file: ") as caught:
        read(content[:cut], "log.parquet")
    assert "\n" not in str(caught.value)


def test_columns_of_one_name(read: Read) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["a"])] * 3, names=["person", "at", "at"]), sink)
    with pytest.raises(InputError, match="several columns are called `at`"):
        read(sink.getvalue(), "log.parquet")


def test_without_pyarrow(read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    content = parquet(person=["a"], at=["2025-07-01T12:00Z"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match="need pyarrow"):
        read(content, "log.parquet")
    with pytest.raises(UsageError, match="need pyarrow"):
        read(b"\x28\xb5\x2f\xfd", "log.csv.zst")
