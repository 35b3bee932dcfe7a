"""Files that appear whole or not at all, what a killed run leaves, and what is never replaced."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from comity.cli.output.temporary import ENDING
from comity.cli.output.whole_file import open_file, whole_file
from comity.errors import UsageError

WRITES = """
import os, sys
from pathlib import Path
{before}
from comity.cli.output.whole_file import whole_file
with whole_file(Path(sys.argv[1])) as file:
    file.write("half")
    file.flush()
    print("begun", flush=True)
    sys.stdin.read()
    file.write(" and half")
"""
WITHOUT_UNNAMED = "del os.O_TMPFILE"


@pytest.fixture(params=["unnamed", "named"])
def named(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Write through a file without a name, or as where the system has none."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE")
    return bool(request.param == "named")


@contextmanager
def writing(path: Path, *, named: bool) -> Iterator[subprocess.Popen[str]]:
    """Run another process that is in the middle of a file."""
    code = WRITES.format(before=WITHOUT_UNNAMED if named else "")
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "begun\n"
        yield run
        if run.poll() is None:
            run.communicate("")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(path: Path, text: str) -> None:
    with whole_file(path) as file:
        file.write(text)


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path, named: bool) -> None:
    path = tmp_path / "report.txt"
    write(path, "one")
    assert path.read_text() == "one"
    with whole_file(path) as file:
        file.write("two")
        file.flush()
        assert path.read_text() == "one"
    assert path.read_text() == "two"
    with pytest.raises(TypeError), whole_file(path) as file:
        file.write("three" + None)  # type: ignore[operator]
    assert path.read_text() == "two"
    assert names(tmp_path) == ["report.txt"]


def test_modes_stay_and_new_files_follow_the_umask(tmp_path: Path, named: bool) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        write(old, "x")
        write(new, "x")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (old, new)] == [0o640, 0o640]
    old.chmod(0o604)
    write(old, "y")
    assert stat.S_IMODE(old.stat().st_mode) == 0o604


def test_a_link_stays_a_link_and_what_it_leads_to_is_replaced(tmp_path: Path, named: bool) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = tmp_path / "link"
    link.symlink_to(folder / "target")
    for text in ("made", "replaced"):
        write(link, text)
        assert link.is_symlink()
        assert (folder / "target").read_text() == text


def test_a_long_name_is_no_trouble(tmp_path: Path, named: bool) -> None:
    path = tmp_path / ("é" * 127)
    write(path, "x")
    assert path.read_text() == "x"


def test_a_killed_run_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old")
    with writing(path, named=False) as run:
        assert names(tmp_path) == ["report.txt"]
        run.kill()
        assert run.wait() == -signal.SIGKILL
    assert names(tmp_path) == ["report.txt"]
    assert path.read_text() == "old"


def test_what_a_killed_run_leaves_is_cleared_by_the_next_which_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.txt"
    with writing(path, named=True) as run:
        (left,) = names(tmp_path)
        assert left.endswith(ENDING)
        run.kill()
        run.wait()
    assert names(tmp_path) == [left]
    other = tmp_path / f"mine{ENDING}"
    other.touch()
    write(path, "new")
    assert names(tmp_path) == sorted(["report.txt", other.name])
    assert f"deleted `{tmp_path / left}`, left by a run that was killed" in capsys.readouterr().err


def test_what_another_run_is_writing_is_let_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with writing(tmp_path / "theirs", named=True) as run:
        (theirs,) = names(tmp_path)
        write(tmp_path / "mine", "x")
        assert names(tmp_path) == sorted([theirs, "mine"])
        run.communicate("")
    assert names(tmp_path) == ["mine", "theirs"]
    assert (tmp_path / "theirs").read_text() == "half and half"
    assert capsys.readouterr().err == ""


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    with whole_file(path) as file:
        # What rewinds its file, as rejected rows do where a log is read twice, finds one that it can rewind.
        file.write("thrown away")
        file.seek(0)
        file.truncate()
        file.write("all of it")
    reader.join()
    assert read == ["all of it"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_full_device_says_so_and_stays_a_device() -> None:
    before = Path("/dev/full").stat()
    with pytest.raises(UsageError, match="`/dev/full` cannot be written: no space left on device"):
        write(Path("/dev/full"), "x")
    assert Path("/dev/full").stat().st_rdev == before.st_rdev


@pytest.mark.parametrize("name", ["/proc/self/fd/{}", "/dev/fd/{}", "link"])
def test_an_open_file_is_written_where_it_stands(tmp_path: Path, name: str) -> None:
    target = tmp_path / "open"
    with target.open("w+") as opened:
        opened.write("before, ")
        opened.flush()
        path = Path(name.format(opened.fileno()))
        if name == "link":
            path = tmp_path / "link"
            path.symlink_to(f"/dev/fd/{opened.fileno()}")
        assert open_file(path) == opened.fileno()
        write(path, "after")
        assert target.stat().st_ino == os.fstat(opened.fileno()).st_ino
    assert target.read_text() == "before, after"


def test_what_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, reason in (
        (tmp_path, "is a folder, not a file to write"),
        (tmp_path / "nowhere" / "file", "cannot be written: no such file or directory"),
        (Path("/dev/fd/987"), "cannot be written: bad file descriptor"),
        (loop, "cannot be written: too many levels of symbolic links"),
    ):
        with pytest.raises(UsageError, match=reason), whole_file(path):
            pytest.fail("it was opened")
