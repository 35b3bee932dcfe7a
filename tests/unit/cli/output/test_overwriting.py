"""What a command reads is never replaced by what it writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comity.cli.output.overwriting import refuse_overwriting
from comity.errors import UsageError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("log.csv").write_text("person,at\n")
    Path("soft").symlink_to("log.csv")
    Path("hard").hardlink_to("log.csv")
    Path("mail").mkdir()
    Path("there").symlink_to("mail")
    Path("dangling").symlink_to("new")


@pytest.mark.parametrize("path", ["log.csv", "./mail/../log.csv", "soft", "hard", "there/../log.csv"])
def test_what_is_read_is_not_replaced_by_any_name(path: str) -> None:
    with pytest.raises(
        UsageError, match=r"--output `.*` would replace the log `log\.csv`: name another file"
    ):
        refuse_overwriting({"--output": path}, [("log", "log.csv")])


@pytest.mark.parametrize(
    ("one", "other"),
    [("new", "new"), ("new", "./new"), ("new", "dangling"), ("soft", "hard"), ("a", "there/../a")],
)
def test_two_outputs_are_two_files(one: str, other: str) -> None:
    with pytest.raises(UsageError, match="--output and --rejects are the same file"):
        refuse_overwriting({"--output": one, "--rejects": other}, [])


def test_a_folder_that_is_read_as_one_log_takes_no_output() -> None:
    for path in ("mail/new", "there/new", "mail/deeper/new"):
        with pytest.raises(UsageError, match="would be in the log `mail`: name a file elsewhere"):
            refuse_overwriting({"--output": path}, [("log", "mail")])


def test_standard_input_is_known_by_its_file() -> None:
    before = os.dup(0)
    try:
        with Path("log.csv").open() as log:
            os.dup2(log.fileno(), 0)
            with pytest.raises(UsageError, match="would replace the log `-`"):
                refuse_overwriting({"--output": "soft"}, [("log", "-")])
    finally:
        os.dup2(before, 0)
        os.close(before)


def test_other_files_and_the_null_device_are_free() -> None:
    refuse_overwriting({"--output": "new", "--rejects": "other"}, [("log", "log.csv"), ("log", "missing")])
    refuse_overwriting({"--output": "/dev/null", "--rejects": "/dev/null"}, [("log", "/dev/null")])
    refuse_overwriting({"--output": None, "--rejects": None}, [("log", "log.csv")])
