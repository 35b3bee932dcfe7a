"""The conformance cases, run against every back end."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from comity import Engine
from comity.cases.run import Audit
from comity.testing import Case, CaseFile, case_files, load_cases, run_case

CASES = Path(__file__).parent / "cases"
AUDITS: dict[str, Audit] = {
    "online": partial(Engine.audit, engine="online"),
    "columnar": partial(Engine.audit, engine="columnar"),
}


@pytest.fixture(params=list(AUDITS))
def audit(request: pytest.FixtureRequest) -> Audit:
    """Return the back end that judges logs."""
    return AUDITS[request.param]


def cases(folder: str) -> list[Any]:
    found = []
    for path in case_files(CASES / folder):
        file = load_cases(path)
        name = path.name.removesuffix(".cases.toml")
        found += [pytest.param(file, case, id=f"{name}: {case.name}") for case in file.case]
    return found


@pytest.mark.parametrize(("file", "case"), cases("valid"))
def test_a_policy_finds_what_the_case_says(file: CaseFile, case: Case, audit: Audit) -> None:
    assert not run_case(file, case, audit=audit)


@pytest.mark.parametrize(("file", "case"), cases("extends"))
def test_policies_compose(file: CaseFile, case: Case, audit: Audit) -> None:
    assert not run_case(file, case, audit=audit)


@pytest.mark.parametrize(("file", "case"), cases("invalid"))
def test_a_fault_is_reported_at_its_place(file: CaseFile, case: Case) -> None:
    assert not run_case(file, case)


@pytest.mark.parametrize("path", list(case_files(CASES)), ids=lambda path: path.name)
def test_names_are_told_apart(path: Path) -> None:
    names = [case.name for case in load_cases(path).case]
    assert len(names) == len(set(names))
