"""What `docs/incremental.md` shows happens, and the file for Airflow audits day by day."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "incremental.md").read_text("utf-8")
DAG = DOCS / "examples" / "airflow_audit.py"


def test_the_example_prints_what_stands_below_it() -> None:
    ((code, expected),) = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "incremental.md", "exec"), {})
    assert printed.getvalue() == expected


def test_the_file_for_airflow_audits_day_by_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile(DAG.read_text("utf-8"), DAG.name, "exec")
    ran: list[Callable[..., Any]] = []

    def task(function: Callable[..., Any]) -> Callable[[], None]:
        """Stand for the decorator: what Airflow would run later is noted."""
        return lambda: ran.append(function)

    sdk: Any = ModuleType("airflow.sdk")
    sdk.task, sdk.dag = task, lambda **_: lambda function: function
    monkeypatch.setitem(sys.modules, "airflow", ModuleType("airflow"))
    monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)
    settings = runpy.run_path(str(DAG))
    (audit,) = ran
    names = {"POLICY": "rules.toml", "STATE": "state", "EXPORTS": "export", "FOUND": "found"}
    assert names.keys() <= settings.keys()
    audit.__globals__.update({name: str(tmp_path / path) for name, path in names.items()})
    (tmp_path / "rules.toml").write_text(
        'comity = 1\n[policy]\nid = "r"\ntitle = "R"\nversion = "1"\n'
        '[rules.answer]\nkind = "response-window"\n'
        'after = {kind = "asked"}\nexpect = {kind = "told"}\nwithin = "36h"\n'
    )
    (tmp_path / "export").mkdir()
    days = {"2025-01-01": "asked", "2025-01-02": "told"}
    for day, kind in days.items():
        (tmp_path / "export" / f"{day}.csv").write_text(f"person,at,kind\nann,{day}T09:00:00Z,{kind}\n")
    assert [audit(day) for day in ("2025-01-01", "2025-01-02", "2025-01-02")] == [
        {"new": 1, "withdrawn": 0},
        {"new": 0, "withdrawn": 1},
        {"new": 0, "withdrawn": 1},
    ]
    assert pq.read_table(tmp_path / "found" / "2025-01-02-withdrawn.parquet")["rule"].to_pylist() == [
        "answer"
    ]
