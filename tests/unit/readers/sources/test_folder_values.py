"""Columns that stand in the names of folders."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from comity.audits.backends import BackEnd
from comity.readers.sources.folder_values import folder_values
from lakes import ENGINE, both, found, messages


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("region=EU/day=2026-03-01/a.parquet", {"region": "EU", "day": "2026-03-01"}),
        ("a%20b=c%2Fd/x/a.parquet", {"a b": "c/d"}),
        ("a=__HIVE_DEFAULT_PARTITION__/a.parquet", {"a": None}),
        ("a=b.parquet", {}),
        ("=/a=/=b/a=b=c/x.parquet", {"a": "b=c"}),
    ],
)
def test_values(path: str, values: dict[str, str | None]) -> None:
    assert folder_values(path) == values


@both
def test_they_are_columns_of_the_rows_below(tmp_path: Path, back_end: BackEnd) -> None:
    for channel in ("email", "sms", "__HIVE_DEFAULT_PARTITION__"):
        folder = tmp_path / f"channel={channel}"
        folder.mkdir()
        pq.write_table(messages(channel, [1, 2]).drop_columns(["channel"]), folder / "a.parquet")
    report = ENGINE.audit(tmp_path, engine=back_end)
    assert found(report) == [("email", f"{tmp_path}/channel=email/a.parquet#2")]
    assert report.summary.events == 6


@both
def test_a_column_of_the_file_goes_before(tmp_path: Path, back_end: BackEnd) -> None:
    folder = tmp_path / "channel=sms"
    folder.mkdir()
    pq.write_table(messages("ann", [1, 2]), folder / "a.parquet")
    assert len(ENGINE.audit(tmp_path, engine=back_end).findings) == 1
