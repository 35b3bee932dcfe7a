"""What the README shows is what happens."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from comity.cli.main import cli, guarded

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def block(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, f"the README has no block marked {mark}"
    return found[1]


def test_the_example_s_output(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    command = block("run-the-example").strip().split(" && ")[-1]
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/comity"
    assert guarded(lambda: cli.main(args=arguments, prog_name="comity", standalone_mode=False)) == 0
    shown = "\n".join(line.rstrip() for line in capfd.readouterr().out.splitlines())
    assert shown.strip() == block("output").strip()


def test_the_python_example() -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code[1], "README.md", "exec"), {})
    assert printed.getvalue().strip() == block("python-output").strip()


def test_every_rule_kind_is_in_the_table() -> None:
    from comity import Plugins

    named = re.findall(r"^\| `([a-z-]+)` \|", README, re.MULTILINE)
    assert set(named) == set(Plugins().kinds)
