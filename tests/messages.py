"""What people read of comity, as text: `python tests/messages.py` renews the files in tests/messages/."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
import tempfile
import tomllib
import traceback
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import comity
from comity.cases.run import CaseRunner
from comity.cli.main import cli, guarded
from comity.clock.instants import parse_instant
from comity.errors import ComityError
from comity.testing import Case, CaseFile, case_files, load_cases

HERE: Final = Path(__file__).parent
CASES: Final = HERE / "cases"
FOLDER: Final = HERE / "messages"
_MANY: Final = 3
"""Of messages that differ in numbers, names and times alone, how many are kept for each rule kind."""
_CASES: Final = 25
"""How many cases of a file are judged: further ones say the same with other numbers."""
_LONG_LIST: Final = re.compile(r"known are (?:[A-Z]{2,3}, ){9,}.*")
"""Codes of countries and regions, which depend on the version of `holidays`."""
_VARIABLE: Final = re.compile(r"`[^`]*`|\d[\d,.:TZ-]*")


def policies() -> Iterator[str]:
    """Yield what is said of each bad policy in the cases."""
    for folder in ("invalid", "extends"):
        for path in case_files(CASES / folder):
            file, runner = load_cases(path), CaseRunner()
            for case in file.case:
                if case.errors is not None:
                    head = f"{path.name.removesuffix('.cases.toml')}: {case.name}"
                    yield f"## {head}\n\n{_fault(runner, file, case)}\n"


def _fault(runner: CaseRunner, file: CaseFile, case: Case) -> str:
    try:
        runner.engine(file, case)
    except ComityError as error:
        return _LONG_LIST.sub("known are …", str(error).replace(f"{file.path.parent}{os.sep}", ""))
    return "no fault"


def findings() -> Iterator[str]:
    """Yield the messages of findings in the cases: some of each form, by rule kind and status."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for report, _ in _judged():
        for finding in report:
            forms = found.setdefault((finding.kind, finding.status), {})
            _keep(forms, finding.message, _MANY)
    for (kind, status), forms in sorted(found.items()):
        yield f"## {kind}, {status}\n\n" + "".join(f"{line}\n" for lines in forms.values() for line in lines)


def decisions() -> Iterator[str]:
    """Yield decisions in the cases as a paragraph: one of each form."""
    forms: dict[str, list[str]] = {}
    for _, text in _judged():
        if text is not None:
            _keep(forms, text, 1)
    yield from (line + "\n" for lines in forms.values() for line in lines)


def _keep(forms: dict[str, list[str]], text: str, most: int) -> None:
    kept = forms.setdefault(_VARIABLE.sub("…", text), [])
    if len(kept) < most and text not in kept:
        kept.append(text)


@cache
def _judged() -> tuple[tuple[tuple[Any, ...], str | None], ...]:
    """Return the findings of each valid case, and its decision."""
    return tuple(_judging())


def _judging() -> Iterator[tuple[tuple[Any, ...], str | None]]:
    for path in case_files(CASES / "valid"):
        file, runner = load_cases(path), CaseRunner()
        saying = [case for case in file.case if case.findings or case.by_rule or case.propose is not None]
        for case in saying[:_CASES]:
            engine = runner.engine(file, case)
            made: tuple[Any, ...] = ()
            if case.findings or case.by_rule:
                as_of, since, until = (
                    None if text is None else parse_instant(text)
                    for text in (case.as_of, case.since, case.until)
                )
                made = tuple(
                    engine.audit(
                        file.events(case), engine="online", as_of=as_of, since=since, until=until
                    ).findings
                )
            text = None
            if case.propose is not None:
                decision = engine.decide(file.events(case), file.event(case, case.propose, "proposed"))
                text = decision.to_text("UTC")
            yield made, text


def commands() -> Iterator[str]:
    """Yield what commands with bad arguments and bad inputs print, with their exit statuses."""
    table = tomllib.loads((FOLDER / "commands.toml").read_text("utf-8"))
    for command in table["command"]:
        with _folder(table["files"] | command.get("files", {})):
            status, out, err = _run(shlex.split(command["run"]), command.get("input", ""))
        shown = "".join(line for line in out.splitlines(keepends=True) if command.get("out") or _told(line))
        text = "".join(f"{line.rstrip()}\n" for line in (shown + err).splitlines())
        yield f"## {command['name']}\n\n$ comity {command['run']}\n{text}exit status {status}\n"


def _told(line: str) -> bool:
    """Tell a notice in a report from the rest of it."""
    return line.startswith(("note:", "warning:", "notice:"))


def _run(arguments: list[str], given: str) -> tuple[int, str, str]:
    streams = sys.stdin, sys.stdout, sys.stderr
    made = [io.TextIOWrapper(io.BytesIO(text), "utf-8", newline="") for text in (given.encode(), b"", b"")]
    sys.stdin, sys.stdout, sys.stderr = made
    try:
        with patch.dict(os.environ, {"COLUMNS": "200"}):
            status = guarded(lambda: cli.main(args=arguments, prog_name="comity", standalone_mode=False))
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams
    texts = []
    for stream in made[1:]:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode(errors="replace"))
    return status, texts[0], texts[1]


def calls() -> Iterator[str]:
    """Yield what Python callers are told about bad arguments."""
    table = tomllib.loads((FOLDER / "calls.toml").read_text("utf-8"))
    for call in table["call"]:
        known: dict[str, Any] = {name: getattr(comity, name) for name in comity.__all__}
        with _folder(table["files"]):
            exec(table["begin"], known)
            try:
                exec(call, known)
                said = "nothing is raised"
            except Exception as error:
                line = traceback.format_exception_only(error)
                said = "".join(line).removeprefix("comity.errors.").rstrip("\n")
        yield f">>> {call}\n{said}\n"


@contextmanager
def _folder(files: dict[str, str]) -> Iterator[None]:
    """Work in a new folder that has some files."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(
                text.encode("latin-1") if "\x80" <= max(text, default="") < "Ā" else text.encode()
            )
        yield


SECTIONS: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "calls": calls,
    "commands": commands,
    "decisions": decisions,
    "findings": findings,
    "policies": policies,
}
"""By the name of the file without `.txt`."""


def text_of(section: str) -> str:
    """Return the text of one file."""
    return "\n".join(SECTIONS[section]())


def file_of(section: str) -> Path:
    """Return the file of a section."""
    return FOLDER / f"{section}.txt"


if __name__ == "__main__":
    for each in SECTIONS:
        file_of(each).write_text(text_of(each), "utf-8")
