"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

openpyxl: Any = import_module("openpyxl")
HERE = Path(__file__).parent
README = (HERE.parent / "README.md").read_text("utf-8")
ARGUMENTS = (
    "calls.xlsx",
    "--sheet",
    "Calls 2026",
    "--mapping",
    "calls.toml",
    "--timezone",
    "America/Chicago",
)


def test_the_example_writes_what_it_says(tmp_path: Path) -> None:
    mapping, policy = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "calls.toml").write_text(mapping, "utf-8")
    (tmp_path / "hours.toml").write_text(policy, "utf-8")
    (tmp_path / "calls.xlsx").write_bytes((HERE / "data" / "calls.xlsx").read_bytes())
    arguments = [*ARGUMENTS, "--policy", "hours.toml", "--format", "xlsx", "--output", "report.xlsx"]
    command = [sys.executable, "-m", "comity", "audit", *arguments, "--rejects", "rejects.csv"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1, done.stderr
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    summary = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True)}
    heads = [cell.value for cell in book["gap"][1]]
    gap = dict(zip(heads, next(book["gap"].iter_rows(min_row=2, values_only=True)), strict=True))
    found = list(book["Findings"].iter_rows(min_row=2, values_only=True))
    shown = [
        f"Summary    {summary['rows read']} rows read, {summary['rows rejected']} rejected; "
        f"{summary['findings']} findings",
        "Findings   " + ", ".join(f"{row[5]} {row[1]}" for row in found),
        f"gap        {gap['person']} allowed from {gap['allowed_from (UTC)']}",
        "hours      " + ", ".join(row[1] for row in book["hours"].iter_rows(min_row=2, values_only=True)),
    ]
    (wanted,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    assert shown == wanted.splitlines()
    assert "cell D5" in (tmp_path / "rejects.csv").read_text("utf-8")
