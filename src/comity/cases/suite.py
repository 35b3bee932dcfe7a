"""Running the cases of many policies; a failure does not stop the others."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Final

from comity.budgets import DEFAULT_BUDGETS
from comity.cases.case import Case, CaseFile
from comity.cases.coverage import Coverage, cover
from comity.cases.load import load_cases
from comity.cases.run import CaseOutcome, CaseRunner
from comity.engine import Engine
from comity.errors import ComityError, UsageError, suggest
from comity.files_below import files_below
from comity.notices import Notice
from comity.policy.compose.search import cases_beside, is_cases
from comity.records import frozen

_INSTALLED: Final = frozenset({"site-packages", "node_modules"})


@frozen
class CaseResult:
    """A case and its result."""

    case: Case
    outcome: CaseOutcome


@frozen
class PolicyResult:
    """A policy's cases and their results."""

    policy: str
    """The id of the policy, or the file if the id is not known."""
    path: Path
    """The file of the cases; the policy's own file if there are none."""
    results: tuple[CaseResult, ...] = ()
    coverage: Coverage | None = None
    """None if the file is about several policies, or could not be loaded."""
    notices: tuple[Notice, ...] = ()
    """What its author should know, although it is not a fault."""
    fault: str = ""
    """Why the cases could not be run at all."""

    @property
    def failed(self) -> int:
        """Count the cases that did not pass."""
        return sum(not result.outcome.passed for result in self.results)


@frozen
class SuiteResult:
    """The results of several policies' cases."""

    policies: tuple[PolicyResult, ...]

    @cached_property
    def cases(self) -> int:
        """Count the cases."""
        return sum(len(policy.results) for policy in self.policies)

    @cached_property
    def failed(self) -> int:
        """Count the cases that did not pass."""
        return sum(policy.failed for policy in self.policies)

    @property
    def faults(self) -> int:
        """Count the files that could not be run at all."""
        return sum(bool(policy.fault) for policy in self.policies)

    @property
    def coverage(self) -> float | None:
        """Return how much is shown, in per cent of what can be shown; None if nothing can."""
        known = [policy.coverage for policy in self.policies if policy.coverage is not None]
        total = sum(coverage.total for coverage in known)
        return 100 * sum(coverage.shown for coverage in known) / total if total else None


def find_policies(names: Sequence[str], runner: CaseRunner) -> list[Path]:
    """Find files of cases, and policies without cases: by folder, by file, or by a policy's id.

    Without a name it is all in the working folder. Raises UsageError for any other name, and where there is
    nothing.
    """
    found: dict[Path, None] = {}
    for name in names or (".",):
        path = Path(name)
        if path.is_dir():
            found.update(dict.fromkeys(_below(path)))
        elif path.is_file():
            found[_cases_of(path)] = None
        elif (known := runner.search.find(name)) is not None:
            found[_cases_of(known)] = None
        else:
            near = suggest(name, runner.search.ids())
            raise UsageError(f"`{name}` is not a folder, a file or the id of a policy{near and ': '}{near}")
    if not found:
        where = ", ".join(f"`{name}`" for name in names) or "the working folder"
        raise UsageError(f"there are no policies and no cases in {where}")
    return list(found)


def _below(folder: Path) -> Iterator[Path]:
    """Yield files of cases, and policies without cases, except hidden and installed ones."""
    files = files_below(folder, ".toml", _is_own)
    yield from sorted(filter(is_cases, files))
    for path in files:
        if not is_cases(path) and _cases_of(path) == path and _is_policy(path):
            yield path


def _is_own(name: str) -> bool:
    """Return whether a folder belongs to the user, not to version control, environments or packages."""
    return not (name.startswith(".") or name in _INSTALLED)


def _cases_of(path: Path) -> Path:
    """Return the file of cases beside a policy, or the policy itself if there is none."""
    beside = cases_beside(path)
    return beside if not is_cases(path) and beside.is_file() else path


def _is_policy(path: Path) -> bool:
    """Return whether a TOML file is a policy."""
    try:
        with path.open("rb") as file:
            return b"\n[policy]" in b"\n" + file.read(DEFAULT_BUDGETS.bytes).removeprefix(BOM_UTF8)
    except OSError:
        return False


def files_read(paths: Iterable[Path], runner: CaseRunner) -> Iterator[tuple[str, Path]]:
    """Yield the files that running cases reads, with what they are, as far as they can be loaded."""
    for path in paths:
        yield "cases" if is_cases(path) else "policy", path
        with suppress(ComityError, OSError):
            file = load_cases(path) if is_cases(path) else CaseFile(1, (), policy=path.name, path=path)
            for case in (*file.case, Case("")):
                named = file.policy_of(case)
                if isinstance(named, Path):
                    yield "policy", named
                with suppress(ComityError, OSError):
                    for policy in runner.engine(file, case).policies:
                        yield from (("policy", each) for each in policy.files)


def run_suite(paths: Iterable[Path], runner: CaseRunner) -> SuiteResult:
    """Run the cases of some files, and find out what they show."""
    return SuiteResult(tuple(run_policy(path, runner) for path in paths))


def run_policy(path: Path, runner: CaseRunner) -> PolicyResult:
    """Run the cases of one file; a policy's own file stands for one without cases."""
    name = path.name.removesuffix(".toml").removesuffix(".cases")
    try:
        file = load_cases(path) if is_cases(path) else CaseFile(1, (), policy=path.name, path=path)
    except (ComityError, OSError) as error:
        return PolicyResult(name, path, fault=str(error))
    results = tuple(CaseResult(case, runner.run(file, case)) for case in file.case)
    if file.case and all(case.policy or case.document is not None for case in file.case):
        return PolicyResult(name, path, results)
    try:
        engine: Engine = runner.engine(file, Case(""))
    except (ComityError, OSError) as error:
        expected = any(case.errors is not None for case in file.case)
        return PolicyResult(name, path, results, fault="" if expected else str(error))
    outcomes = [(result.case, result.outcome) for result in results]
    coverage = cover(runner, file, engine, outcomes)
    return PolicyResult(engine.policies[0].id, path, results, coverage, engine.notices)
