"""What maintainers run on their machines is what the continuous integration runs."""

from __future__ import annotations

import ast
import re
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SESSIONS = {"tests", "lint", "types", "imports", "plugins", "wheel"}
ALONE = {"comity --version", "comity policies", "comity plugins", "pytest"}
"""What begins otherwise in `.ci/run`: run in another folder, or with more arguments."""


def sessions() -> dict[str, list[str]]:
    """Return the commands of each session of the noxfile as far as they are written out."""
    found: dict[str, list[str]] = {}
    for function in ast.parse((ROOT / "noxfile.py").read_text("utf-8")).body:
        if isinstance(function, ast.FunctionDef):
            calls = [each for each in ast.walk(function) if isinstance(each, ast.Call)]
            runs = [each for each in calls if ast.unparse(each.func) == "session.run"]
            found[function.name] = [" ".join(written(run.args)) for run in runs]
    return found


def written(arguments: list[ast.expr]) -> list[str]:
    """Return the arguments up to the first that is worked out."""
    constants = takewhile(lambda each: isinstance(each, ast.Constant), arguments)
    return [ast.literal_eval(each) for each in constants]


def test_nox_runs_what_the_continuous_integration_runs() -> None:
    assert set(sessions()) == SESSIONS
    text = re.sub(r'"\$bin/([\w-]+)"', r"\1", (ROOT / ".ci" / "run").read_text("utf-8"))
    for command in (command for commands in sessions().values() for command in commands):
        if command not in ALONE:
            assert re.search(rf"^ *{re.escape(command)}(?= |$)", text, re.MULTILINE), command
    for tool in ("ruff", "lint-imports", "mypy"):
        for line in re.findall(rf"^{tool} .*$|^{tool}$", text, re.MULTILINE):
            assert line in {command for commands in sessions().values() for command in commands}


def test_hooks_download_nothing() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert re.findall(r"^ *- repo: (.*)$", text, re.MULTILINE) == ["local"]
    hooks = len(re.findall(r"^ *- id:", text, re.MULTILINE))
    assert hooks == len(re.findall(r"^ *language: system$", text, re.MULTILINE))
    assert "://" not in text


def test_the_documentation_names_every_session() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert set(re.findall(r"`nox -s (\w+)`", text)) == SESSIONS


def test_nox_in_the_current_environment_installs_nothing() -> None:
    """Sessions install what they need, which nox refuses outside an environment of its own."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    commands = re.findall(r"`(nox [^`]*--no-venv[^`]*)`", text)
    assert commands
    assert all("--no-install" in command for command in commands)
