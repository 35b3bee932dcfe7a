"""Validating policies and files of cases: everything that is wrong with them, without running a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import attrs

from comity.cases.case import Case, CaseFile
from comity.cases.load import load_cases
from comity.cases.run import CaseRunner
from comity.errors import ComityError, PolicyError, Problem, system_reason
from comity.notices import Notice
from comity.policy.compose.search import is_cases, policy_beside
from comity.records import frozen

T = TypeVar("T")


@frozen
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
        unreadable = [f"{self.path}: {self.unreadable}"] if self.unreadable else []
        return "\n".join([*map(str, self.problems), *unreadable])

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
            place = {"path": str(self.path), "line": None, "column": None}
            found.append({"code": "unreadable", **place, "message": self.unreadable, "help": ""})
        return found


def validate(paths: Iterable[Path], runner: CaseRunner) -> Iterator[Validated]:
    """Yield the policies and the files of cases at some paths, each once, a policy before its cases.

    A policy beside cases that expect its faults is left out: these faults are meant.
    """
    told: set[Path] = set()
    for path in paths:
        for each in _with_its_policy(path, runner):
            if each.path not in told:
                told.add(each.path)
                yield each


def _with_its_policy(path: Path, runner: CaseRunner) -> Iterator[Validated]:
    if not is_cases(path):
        found, engine = _load(
            path, lambda: runner.engine(CaseFile(1, (), policy=path.name, path=path), Case(""))
        )
        yield found if engine is None else attrs.evolve(found, notices=engine.notices)
        return
    found, file = _load(path, lambda: load_cases(path))
    meant = file is not None and any(case.errors is not None and not case.policy for case in file.case)
    policy = policy_beside(path)
    if policy.is_file() and not meant:
        yield from _with_its_policy(policy, runner)
    yield found


def _load(path: Path, load: Callable[[], T]) -> tuple[Validated, T | None]:
    """Load a file, and return what is wrong with it, and what was loaded."""
    try:
        return Validated(path), load()
    except PolicyError as error:
        return Validated(path, error.problems), None
    except OSError as error:
        return Validated(path, unreadable=system_reason(error)), None
    except ComityError as error:
        return Validated(path, unreadable=str(error)), None
