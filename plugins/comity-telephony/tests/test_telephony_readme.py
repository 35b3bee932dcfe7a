"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
ARGUMENTS: tuple[str, ...] = (
    "log.csv",
    "--policy",
    "policy.toml",
    "--timezone",
    "UTC",
    "--me",
    "+12025550100",
)


def test_the_example_prints_what_it_says(tmp_path: Path) -> None:
    (policy,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "policy.toml").write_text(policy, "utf-8")
    (tmp_path / "log.csv").write_bytes((Path(__file__).parent / "data" / "asterisk.csv").read_bytes())
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
