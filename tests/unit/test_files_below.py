"""Folders that are gone through: what is no regular file does no harm, and what cannot be read is told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from comity import Engine, UsageError
from comity.cases.load import case_files
from comity.cli.main import FAULT, cli, guarded
from comity.files_below import files_below, names_in
from comity.policy.compose.search import SearchPath

POLICY = """comity = 1
[policy]
id = "{0}"
title = "P"
version = "1"
[rules.r]
kind = "forbidden"
contact = {{}}
"""


def names(found: list[Path], folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in found]


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Make a folder with files, folders, links, pipes and devices."""
    for name in ("b/two.toml", "a/one.toml", "zero.toml", "a/deep/three.toml", ".git/hook.toml", "other.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(POLICY.format(path.stem))
    os.mkfifo(tmp_path / "pipe.toml")
    os.mkfifo(tmp_path / "pipe.cases.toml")
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    (tmp_path / "endless.cases.toml").symlink_to("/dev/zero")
    (tmp_path / "round").symlink_to(".")
    (tmp_path / "linked").symlink_to("a")
    (tmp_path / "nowhere.toml").symlink_to("gone")
    (tmp_path / "folder.toml").mkdir()
    return tmp_path


def test_regular_files_are_found_folder_by_folder(odd: Path) -> None:
    found = names(files_below(odd, ".toml", lambda name: not name.startswith(".")), odd)
    assert found == [
        "zero.toml",
        "a/one.toml",
        "a/deep/three.toml",
        "b/two.toml",
        "linked/one.toml",
        "round/zero.toml",
    ]
    assert ".git/hook.toml" in names(files_below(odd, ".toml"), odd)
    assert list(case_files(odd)) == []


def test_there_is_an_end_to_it(odd: Path) -> None:
    assert len(files_below(odd, ".txt", most=40)) == 2
    with pytest.raises(UsageError, match="there are more than 9 files and folders below"):
        files_below(odd, ".toml", most=9)
    for root in ("/", "/../", "//"):
        with pytest.raises(UsageError, match="is the whole file system"):
            files_below(Path(root), ".toml")


def test_a_folder_that_cannot_be_read_is_told(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan, listed = os.scandir, os.listdir

    def closed(function: Any) -> Any:
        def asked(path: Any) -> Any:
            if Path(path).name == "deep":
                raise PermissionError(13, "Permission denied", str(path))
            if Path(path).name == "b":
                raise FileNotFoundError(2, "No such file or directory", str(path))
            return function(path)

        return asked

    monkeypatch.setattr(os, "scandir", closed(scan))
    monkeypatch.setattr(os, "listdir", closed(listed))
    with pytest.raises(UsageError, match=r"the folder `.*deep` cannot be read: permission denied"):
        files_below(odd, ".toml")
    # What goes in the meantime is not there.
    found = files_below(odd, ".toml", lambda name: name not in ("deep", ".git"))
    assert names(found, odd) == ["zero.toml", "a/one.toml", "linked/one.toml", "round/zero.toml"]
    with pytest.raises(UsageError, match="cannot be read: permission denied"):
        names_in(odd / "a" / "deep")
    with pytest.raises(UsageError, match="cannot be read: permission denied"):
        Engine.of("another", policy_path=[odd / "a" / "deep"])
    assert names_in(odd / "b") == []


def test_pipes_and_devices_in_folders_of_policies_and_tests_do_no_harm(
    odd: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (odd / "brackets.toml").write_text("a = " + "[" * 5000)
    assert SearchPath((odd,)).ids() == ["zero"]
    monkeypatch.chdir(odd)

    def comity(*arguments: str) -> int:
        return guarded(lambda: cli.main(list(arguments), standalone_mode=False))

    assert comity("test", ".") == 0
    assert comity("policies", "--policy-path", ".") == 0
    assert comity("show", "zero", "--policy-path", ".") == 0
    capsys.readouterr()
    for arguments in (
        ("test", "/"),
        ("audit", "/", "--policy", "zero.toml"),
        ("test", "x" * 5000),
        ("test", "pipe.cases.toml"),
        ("test", "endless.toml"),
        ("show", "x" * 5000 + ".toml"),
        ("copy", "x" * 5000),
        ("policies", "--policy-path", "x" * 5000),
        ("audit", "log.csv", "--policy", "x" * 5000),
        ("audit", "log.csv", "--policy", "endless.toml"),
        ("audit", "log.csv", "--policy", "zero.toml", "--mapping", "endless.toml"),
    ):
        assert comity(*arguments) == FAULT, arguments
        said = capsys.readouterr().err
        assert len(said.splitlines()) == 1 or "help: raise it with `--budget" in said
        assert len(said) < 1000 or "too long" in said
