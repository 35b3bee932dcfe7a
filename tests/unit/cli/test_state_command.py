"""`comity audit --state` and `comity state`: what they write, and their exit statuses."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

POLICY = """
comity = 1

[policy]
id = "calls"
title = "Calls"
version = "1"

[rules.rest]
kind = "minimum-gap"
contact = { kind = "call" }
gap = "2d"

[rules.reply]
kind = "response-window"
after = { kind = "question" }
expect = { kind = "reply" }
within = "1d"
severity = "info"
"""
HEAD = "id,person,at,kind\n"
FIRST = HEAD + "1,ann,2025-06-01T08:00:00Z,call\n2,bea,2025-06-01T09:00:00Z,question\n"
SECOND = HEAD + "3,ann,2025-06-02T08:00:00Z,call\n4,bea,2025-06-02T08:30:00Z,reply\n"


def comity(folder: Path, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "comity", *arguments],
        cwd=folder,
        input=input,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "calls.toml").write_text(POLICY)
    (tmp_path / "first.csv").write_text(FIRST)
    (tmp_path / "second.csv").write_text(SECOND)
    return tmp_path


def audit(folder: Path, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
    return comity(folder, "audit", *arguments, "--policy", "calls.toml", "--state", "state", input=input)


def test_each_run_reports_what_is_new_and_the_counts_of_all(folder: Path) -> None:
    first = audit(folder, "first.csv")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("this run: 2 events of 2 persons, as of 2025-06-01T09:00:00Z")
    second = audit(folder, "second.csv")
    assert second.returncode == 1, second.stderr
    lines = second.stdout.splitlines()
    assert lines[1] == "since the beginning: 2 runs, 4 events of 2 persons; 1 violation, 0 pending"
    assert "Withdrawn, since it no longer holds: 1 earlier finding" in lines
    assert "New in this run: 1 finding" in lines
    shown = comity(folder, "state", "show", "state").stdout
    assert "read so far: 4 events in 2 runs" in shown
    assert "  for 2d: 2 events, the oldest from 2025-06-01T08:00:00Z, for calls/rest" in shown
    known = json.loads(comity(folder, "state", "show", "state", "--format", "json").stdout)
    assert [(run["events"], run["found"], run["withdrawn"]) for run in known["runs"]] == [
        (2, 1, 0),
        (2, 1, 1),
    ]
    assert comity(folder, "state", "forget", "state", "--person", "ann").stderr.startswith(
        "comity: 2 events of `ann`"
    )
    assert comity(folder, "state", "accept", "state", "--policy", "calls.toml").returncode == 0


def test_machine_formats_say_what_is_withdrawn(folder: Path) -> None:
    audit(folder, "first.csv")
    written = json.loads(audit(folder, "second.csv", "--format", "json").stdout)
    assert [(each["rule"], each["withdrawn"]) for each in written["findings"]] == [
        ("reply", True),
        ("rest", False),
    ]
    summary = written["summary"]
    assert (summary["run"], summary["repeated"], summary["withdrawn"]) == (2, False, 1)
    assert summary["total"]["by_rule"]["calls/reply"] == {"judged": 1, "violation": 0, "pending": 0}
    lines = audit(folder, "second.csv", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == written["findings"]
    rows = list(csv.DictReader(io.StringIO(audit(folder, "second.csv", "--format", "csv").stdout)))
    assert [(row["rule"], row["withdrawn"]) for row in rows] == [("reply", "true"), ("rest", "false")]
    audit(folder, "second.csv", "--format", "parquet", "--output", "found.parquet", "--columns", "rule,at")
    table = pq.read_table(folder / "found.parquet")
    assert table.column_names == ["rule", "at", "withdrawn"]
    assert table["withdrawn"].to_pylist() == [True, False]


def test_many_findings_are_written_as_few_are(folder: Path) -> None:
    rows = "".join(f"{n},p{n % 700:03},2025-06-01T{n // 700 + 8:02}:00:00Z,call\n" for n in range(2100))
    (folder / "first.csv").write_text(HEAD + rows)
    written = audit(folder, "first.csv", "--format", "json").stdout
    findings = json.loads(written)["findings"]
    assert len(findings) == 1400
    assert {each["withdrawn"] for each in findings} == {False}
    assert written.splitlines()[1] == json.dumps(findings[0], ensure_ascii=False) + ","
    lines = audit(folder, "first.csv", "--format", "csv").stdout.splitlines()
    assert len(lines) == 1401
    assert {line.rpartition(",")[2] for line in lines[1:]} == {"false"}
    assert lines[0].endswith(",message,withdrawn")


def test_a_report_without_a_state_is_as_it_was(folder: Path) -> None:
    plain = comity(folder, "audit", "first.csv", "--policy", "calls.toml", "--format", "csv")
    assert "withdrawn" not in plain.stdout
    assert "this run" not in comity(folder, "audit", "first.csv", "--policy", "calls.toml").stdout


def test_a_quiet_night_is_no_fault(folder: Path) -> None:
    assert audit(folder, "-", "--input-format", "csv", input=HEAD).returncode == 3, "nothing was judged yet"
    audit(folder, "first.csv")
    assert audit(folder, "-", "--input-format", "csv", input=HEAD).returncode == 0
    one = HEAD + "9,zoe,2025-06-03T08:00:00Z,gossip\n"
    assert audit(folder, "-", "--input-format", "csv", "--fail-on", "never", input=one).returncode == 0


def test_events_may_be_late_if_it_is_said(folder: Path) -> None:
    assert audit(folder, "second.csv", "--allowed-lateness", "36h").returncode == 0
    late = audit(folder, "first.csv")
    assert (late.returncode, late.stderr) == (1, "")
    assert "  error     2025-06-02T08:00:00Z  3  rest" in late.stdout.splitlines()
    rows = HEAD + "0,ann,2025-05-01T08:00:00Z,call\n"
    refused = audit(folder, "-", "--input-format", "csv", input=rows)
    assert refused.returncode == 3
    assert "1 event too late, the first in row -#1, at 2025-05-01T08:00:00Z" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "2025-06-01T00:00:00Z"), "--since does not go with --state"),
        (("--until", "2025-06-01T00:00:00Z"), "--until does not go with --state"),
        (("--save-to", "sqlite:///x.db", "--run", "1"), "--save-to does not go with --state"),
        (("--engine", "online"), "--engine does not go with --state"),
        (
            ("--allowed-lateness", "2 calendar days"),
            "is not an elapsed time: write one such as `2d` or `36h`",
        ),
        (("--allowed-lateness", "soon"), "--allowed-lateness: "),
        (("--output", "state/found.json"), "would be in the state `state`"),
    ],
)
def test_what_does_not_go_with_a_state_is_refused(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    (folder / "state").mkdir()
    refused = audit(folder, "first.csv", *arguments)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert not list((folder / "state").iterdir())


def test_options_of_a_state_need_one(folder: Path) -> None:
    for option in (("--rebuild",), ("--allowed-lateness", "1d")):
        refused = comity(folder, "audit", "first.csv", "--policy", "calls.toml", *option)
        assert refused.returncode == 2
        assert f"{option[0]} is for an audit with a state: say where it is with --state DIR" in refused.stderr
    database = comity(
        folder, "audit", "--policy", "calls.toml", "--state", "s", "--database", "sqlite:///x.db"
    )
    assert "--database does not go with --state: a state reads files" in database.stderr
