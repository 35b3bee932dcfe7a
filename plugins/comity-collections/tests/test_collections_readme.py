"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
ARGUMENTS: tuple[str, ...] = (
    *("calls.csv", "--policy", "us-regulation-f-call-frequency"),
    *("--policy", "us-regulation-f-times"),
)


def test_the_example_prints_what_it_says(tmp_path: Path) -> None:
    (log,) = re.findall(r"```csv\n(.*?)```", README, re.DOTALL)
    (tmp_path / "calls.csv").write_text(log, "utf-8")
    command = [
        sys.executable,
        "-m",
        "comity",
        "audit",
        *ARGUMENTS,
        "--rejects",
        str(tmp_path / "rejects.csv"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    (wanted,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    shown = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    assert shown.strip() == wanted.strip(), done.stderr
