"""Validating files: everything that is wrong is told, each with its place, and nothing is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from comity.cases.run import CaseRunner
from comity.cases.validation import validate
from comity.cli.main import cli

GOOD = """comity = 1
[policy]
id = "waits"
title = "Waits"
version = "1.0"
[rules.wait]
kind = "minimum-gap"
contact = {}
gap = "2d"
"""
WRONG = GOOD.replace('"2d"', '"2 dayz"').replace("contact = {}", 'contcat = { kind = "call" }')
CASES = """comity-cases = 1
[[case]]
name = "one alone"
events = [{ at = "2025-03-01T09:00:00Z", person = "ann", kind = "call", direction = "outbound" }]
findings = []
"""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name.replace('__', '.')}.toml").write_text(text)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["validate", *arguments], standalone_mode=False)
    code = result.return_value if result.exception is None else 70
    return code, result.stdout, result.stderr


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_valid_files_are_counted(folder: Path) -> None:
    write(folder, waits=GOOD, waits__cases=CASES)
    assert run() == (0, "2 files, nothing is wrong\n", "")
    assert run("waits.toml")[:2] == (0, "2 files, nothing is wrong\n")


def test_every_fault_of_every_file_is_told_with_its_place(folder: Path) -> None:
    write(folder, waits=WRONG, waits__cases=CASES.replace("findings", "fnidings"), other=GOOD + "[rules.x]\n")
    code, told, _ = run()
    assert code == 2
    for place in ("waits.toml:8:1: ", "waits.toml:9:7: ", "waits.cases.toml:5:1: ", "other.toml:10:8: "):
        assert place in told
    assert told.count("did you mean") == 2
    assert told.splitlines()[-1].startswith("3 files, ")


def test_faults_are_objects_in_json(folder: Path) -> None:
    write(folder, waits=WRONG)
    code, told, _ = run("--format", "json", "waits.toml")
    found = json.loads(told)
    assert code == 2
    keys = {"code", "path", "line", "column", "message", "help"}
    assert all(each.keys() == keys for each in found)
    assert {("waits.toml", 8, 1), ("waits.toml", 9, 7)} <= {
        (Path(each["path"]).name, each["line"], each["column"]) for each in found
    }
    write(folder, waits=GOOD)
    assert run("--format", "json", "waits.toml")[:2] == (0, "[]\n")


def test_cases_are_read_and_not_run(folder: Path) -> None:
    failing = CASES.replace("findings = []", 'findings = [{ rule = "wait", event = "#1" }]')
    write(folder, waits=GOOD, waits__cases=failing)
    assert run()[0] == 0


def test_faults_that_cases_expect_are_meant(folder: Path) -> None:
    expected = 'comity-cases = 1\n[[case]]\nname = "faults"\nerrors = [{ code = "unknown-key", line = 8 }]\n'
    write(folder, waits=WRONG, waits__cases=expected)
    assert [each.path.name for each in validate([Path("waits.cases.toml")], CaseRunner())] == [
        "waits.cases.toml"
    ]


def test_what_cannot_be_read_is_told(folder: Path) -> None:
    (folder / "waits.toml").write_bytes(GOOD.encode("utf-16"))
    code, told, _ = run("waits.toml")
    assert code == 2
    assert "waits.toml" in told
    assert "UTF-8" in told
    (folder / "gone.cases.toml").symlink_to(folder / "nowhere")
    (result,) = validate([folder / "gone.cases.toml"], CaseRunner())
    assert result.unreadable.endswith("no such file or directory")
    assert result.to_list()[0]["message"] == "no such file or directory"
