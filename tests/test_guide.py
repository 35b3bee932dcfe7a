"""The guide 'write your own policy', done as a new user would: the files written, the commands run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = (Path(__file__).parent.parent / "docs" / "write-your-own-policy.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)(?: (\S+))?\n(.*?)```", GUIDE, re.DOTALL)


def printed(command: str, folder: Path) -> str:
    """Run a command of the guide and give what it prints, blanks at the ends of lines left out."""
    arguments = shlex.split(command)
    assert arguments[0] == "comity"
    target = None
    if ">" in arguments:
        *arguments, _, target = arguments
    command_line = [
        sys.executable,
        "-m",
        *arguments,
        *(["--no-plugins"] if arguments[1] != "policies" else []),
    ]
    done = subprocess.run(command_line, cwd=folder, capture_output=True, text=True, check=False)
    if target is not None:
        (folder / target).write_text(done.stdout, "utf-8")
        return done.stderr
    return "\n".join(line.rstrip() for line in (done.stdout + done.stderr).splitlines()).strip("\n")


@pytest.mark.skipif(sys.platform == "win32", reason="the guide is written for a POSIX shell")
def test_the_guide_is_what_happens(tmp_path: Path) -> None:
    tried = 0
    for language, name, body in BLOCKS:
        if name:
            (tmp_path / name).write_text(body, "utf-8")
        elif language == "console":
            for piece in body.split("$ ")[1:]:
                command, _, wanted = piece.partition("\n")
                assert printed(command, tmp_path) == wanted.strip("\n"), command
                tried += 1
    assert tried >= 8
    assert (tmp_path / "dentist.md").read_text("utf-8").startswith("# Reminders of a dental practice\n")
