"""The folder of a state: what is refused, who may use it, and that it changes as a whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity import Engine, Event, InputError, UsageError
from comity.incremental import AuditState
from comity.incremental.store import state_folder
from comity.incremental.store.state_folder import LOCK, MANIFEST, StateFolder

RULES = """
comity = 1

[policy]
id = "visits"
title = "Visits"
version = "1"

[rules.rest]
kind = "minimum-gap"
contact = { kind = "visit" }
gap = "2h"

[rules.report]
kind = "response-window"
after = { kind = "visit" }
expect = { kind = "note" }
within = "3h"
"""
HOUR = 3_600_000_000
NOON = 20_000 * 24 * HOUR
RUNS = [
    [Event("ann", NOON, "a", "visit"), Event("bea", NOON, "b", "visit")],
    [Event("ann", NOON + HOUR, "c", "visit"), Event("bea", NOON + HOUR, "d", "note")],
    [Event("cid", NOON + 9 * HOUR, "e", "visit")],
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.of(RULES)


def test_the_folder_is_its_owner_s_alone(engine: Engine, tmp_path: Path) -> None:
    AuditState(tmp_path / "state").run(engine, RUNS[0])
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    files = [path for path in (tmp_path / "state").iterdir() if path.suffix in (".json", ".parquet")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_file_and_a_folder_of_something_else_are_refused(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"is a folder of something else, with `notes\.txt` in it"):
        AuditState(tmp_path).run(engine, RUNS[0])
    with pytest.raises(UsageError, match="is a file: name a folder"):
        AuditState(tmp_path / "notes.txt").run(engine, RUNS[0])
    with pytest.raises(UsageError, match="cannot be made: no such file or directory"):
        AuditState(tmp_path / "not" / "there").run(engine, RUNS[0])
    with pytest.raises(UsageError, match="there is no state folder"):
        AuditState(tmp_path / "none").manifest()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_damaged_folder_is_refused_and_can_begin_anew(engine: Engine, tmp_path: Path) -> None:
    state = AuditState(tmp_path / "state")
    state.run(engine, RUNS[0])
    segment = next(state.folder.glob("events-*.parquet"))
    kept = segment.read_bytes()
    for spoiled in (kept[:-1], kept[:100] + bytes([kept[100] ^ 255]) + kept[101:]):
        segment.write_bytes(spoiled)
        with pytest.raises(InputError, match="is damaged"):
            state.run(engine, RUNS[1])
    segment.unlink()
    with pytest.raises(InputError, match="is damaged or missing: put the folder back from a copy"):
        state.run(engine, RUNS[1])
    for text in ("", "{}", '{"comity-state": 1}', "[1]"):
        (state.folder / MANIFEST).write_text(text)
        with pytest.raises(InputError, match="is damaged"):
            state.run(engine, RUNS[1])
    (state.folder / MANIFEST).write_text('{"comity-state": 7}')
    with pytest.raises(InputError, match="is of format 7, and this comity knows 1"):
        state.run(engine, RUNS[1])
    assert state.run(engine, RUNS[0], rebuild=True).run == 1
    assert state.run(engine, RUNS[1]).run == 2


def test_two_runs_at_a_time_are_refused_with_the_name_of_the_process(engine: Engine, tmp_path: Path) -> None:
    state = AuditState(tmp_path / "state")
    with (
        StateFolder(state.folder).locked(create=True),
        pytest.raises(UsageError, match=rf"is in use by process {os.getpid()} on "),
    ):
        state.run(engine, RUNS[0])
    state.run(engine, RUNS[0])


def test_the_lock_of_a_process_that_has_ended_is_no_hindrance(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    script = (
        "import os, sys; from pathlib import Path\n"
        "from comity.incremental.store.state_folder import StateFolder\n"
        "with StateFolder(Path(sys.argv[1])).locked(create=True):\n    os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(folder)], check=False).returncode == 9
    assert b"process" in (folder / LOCK).read_bytes()
    assert AuditState(folder).run(engine, RUNS[0]).run == 1


class Killed(BaseException):
    """Stands for the end of the process."""


STEPS: list[tuple[Any, str]] = [
    (os, "open"),
    (os, "fsync"),
    (os, "replace"),
    (Path, "unlink"),
    (Path, "stat"),
    (state_folder, "_sync_folder"),
]


def kill_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Let the process end before a step that changes files, or asks for them; return how many there were."""
    done = 0

    def stopping(function: Callable[..., Any]) -> Callable[..., Any]:
        def stops(*given: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == step:
                raise Killed
            return function(*given, **named)

        return stops

    for owner, name in STEPS:
        monkeypatch.setattr(owner, name, stopping(getattr(owner, name)))
    return lambda: done


def test_whenever_a_run_is_killed_it_can_be_made_again(engine: Engine, tmp_path: Path) -> None:
    expected = []
    state = AuditState(tmp_path / "whole")
    for events in RUNS:
        report = state.run(engine, events)
        expected.append((list(report.findings), list(report.withdrawn), report.total))
    step, kills = 0, 0
    while True:
        step += 1
        state = AuditState(tmp_path / f"killed-{step}")
        said = []
        for events in RUNS:
            with pytest.MonkeyPatch.context() as patched:
                if events is RUNS[1]:
                    kill_at(step, patched)
                try:
                    report = state.run(engine, events)
                except Killed:
                    kills += 1
                    patched.undo()
                    report = state.run(engine, events)
            said.append((list(report.findings), list(report.withdrawn), report.total))
        assert said == expected, f"killed at step {step}"
        assert {path.name for path in state.folder.glob("*.parquet")} == state.manifest().files()
        if kills < step:
            break
    assert kills > 15


def test_a_process_that_is_killed_before_the_manifest_is_replaced_leaves_what_was(
    engine: Engine, tmp_path: Path
) -> None:
    state = AuditState(tmp_path / "state")
    state.run(engine, RUNS[0])
    manifest = (state.folder / MANIFEST).read_bytes()
    script = (
        "import os, sys; from comity import Engine, Event; from comity.incremental import AuditState\n"
        "os.replace = lambda *_: os._exit(9)\n"
        f"AuditState(sys.argv[1]).run(Engine.of({RULES!r}), [Event('ann', {RUNS[1][0].at}, 'c', 'visit')])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(state.folder)], check=False)
    assert done.returncode == 9
    assert (state.folder / MANIFEST).read_bytes() == manifest
    assert [finding.event for finding in state.run(engine, RUNS[1]).findings] == ["c", "c"]


def test_a_full_disk_is_told_and_changes_nothing(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = AuditState(tmp_path / "state")
    state.run(engine, RUNS[0])

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        UsageError, match="cannot be written: no space left on device; the state is as before"
    ):
        state.run(engine, RUNS[1])
    monkeypatch.undo()
    assert state.run(engine, RUNS[1]).run == 2
