"""The shipped policies load, say where they come from, and pass their cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity import Engine
from comity.testing import Case, CaseFile, case_files, load_cases, run_case

POLICIES = Path(__file__).parent.parent / "policies"
FILES = sorted(path for path in POLICIES.glob("*.toml") if not path.name.endswith(".cases.toml"))


def cases() -> list[Any]:
    found = []
    for path in case_files(POLICIES):
        file = load_cases(path)
        found += [pytest.param(file, case, id=f"{path.stem}: {case.name}") for case in file.case]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_policy_says_where_it_comes_from(path: Path) -> None:
    policy = Engine.of(path).policies[0]
    assert policy.id == path.stem
    assert policy.meta.references
    assert all(rule.common.because and rule.common.title for rule in policy.rules.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_policy_is_found_by_name_and_has_cases(path: Path) -> None:
    assert Engine.of(path.stem).plan == Engine.of(path).plan
    assert path.with_name(f"{path.stem}.cases.toml").is_file()


@pytest.mark.parametrize(("file", "case"), cases())
def test_a_policy_passes_its_cases(file: CaseFile, case: Case) -> None:
    assert not run_case(file, case)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_rule_is_broken_in_some_case(path: Path) -> None:
    file = load_cases(path.with_name(f"{path.stem}.cases.toml"))
    shown = {finding["rule"] for case in file.case for finding in case.findings or ()}
    policy = Engine.of(path).policies[0]
    own = {name for section, name in policy.own if section == "rules"} if policy.own else set(policy.rules)
    assert own <= shown
