"""Validating policies and files of cases: everything that is wrong with them, without running a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs

from comity.cases.case import Case, CaseFile
from comity.cases.load import load_cases
from comity.cases.run import CaseRunner
from comity.errors import ComityError, PolicyError, Problem
from comity.notices import Notice
from comity.policy.compose.search import is_cases, policy_beside


@attrs.frozen
class Validated:
    """A file, and what is wrong with it."""

    path: Path
    problems: tuple[Problem, ...] = ()
    unreadable: str = ""
    """Why the file cannot be read at all."""
    notices: tuple[Notice, ...] = ()
    """What its author should know, although it is not a fault."""

    @property
    def is_valid(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.problems and not self.unreadable

    def to_text(self) -> str:
        """Say everything that is wrong, each with its place."""
        return "\n".join([*map(str, self.problems), *filter(None, [self.unreadable])])

    def to_list(self) -> list[dict[str, Any]]:
        """Return what is wrong as values for JSON: `code`, `path`, `line`, `column`, `message` and `help`."""
        found = [
            {
                "code": each.code,
                "path": each.place.path,
                "line": each.place.line,
                "column": each.place.column,
                "message": each.message,
                "help": each.help,
            }
            for each in self.problems
        ]
        if self.unreadable:
            message = self.unreadable.removeprefix(f"{self.path}: ")
            place = {"path": str(self.path), "line": None, "column": None}
            found.append({"code": "unreadable", **place, "message": message, "help": ""})
        return found


def validate(paths: Iterable[Path], runner: CaseRunner) -> Iterator[Validated]:
    """Yield the policies and the files of cases at some paths, each once, a policy before its cases.

    A policy beside cases that expect its faults is left out: these faults are meant.
    """
    told: set[Path] = set()
    for path in paths:
        for each in _with_its_policy(path):
            if each not in told:
                told.add(each)
                yield _validate_cases(each, runner) if is_cases(each) else _validate_policy(each, runner)


def _with_its_policy(path: Path) -> Iterator[Path]:
    if is_cases(path):
        policy = policy_beside(path)
        if policy.is_file() and not _expects_faults(path):
            yield policy
    yield path


def _expects_faults(path: Path) -> bool:
    try:
        return any(case.errors is not None and not case.policy for case in load_cases(path).case)
    except (ComityError, OSError):
        return False


def _validate_policy(path: Path, runner: CaseRunner) -> Validated:
    try:
        engine = runner.engine(CaseFile(1, (), policy=path.name, path=path), Case(""))
    except PolicyError as error:
        return Validated(path, error.problems)
    except (ComityError, OSError) as error:
        return Validated(path, unreadable=f"{path}: {_reason(error)}")
    return Validated(path, notices=engine.notices)


def _validate_cases(path: Path, runner: CaseRunner) -> Validated:
    try:
        load_cases(path)
    except PolicyError as error:
        return Validated(path, error.problems)
    except (ComityError, OSError) as error:
        return Validated(path, unreadable=f"{path}: {_reason(error)}")
    return Validated(path)


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
