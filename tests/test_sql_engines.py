"""The conformance cases, found by compiled SQL in DataFusion and ClickHouse, where these are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.sql.dialects.printed import CLICKHOUSE, DATAFUSION
from sql_engines import SAMPLE, ClickHouse, DataFusion, check_cases


def test_datafusion() -> None:
    assert check_cases(DATAFUSION, DataFusion, SAMPLE) > 80


def test_clickhouse(tmp_path: Path) -> None:
    package = pytest.importorskip("chdb.session", reason="no chdb: ClickHouse is not tested")
    session = package.Session(str(tmp_path / "chdb"))
    session.query("CREATE DATABASE log")
    session.query("USE log")
    try:
        assert check_cases(CLICKHOUSE, lambda: ClickHouse(session), SAMPLE) > 80
    finally:
        session.close()
