"""The shipped policies load, say where they come from, and pass their cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity import Engine
from comity.cases.run import CaseRunner
from comity.cases.suite import run_policy

POLICIES = Path(__file__).parent.parent / "policies"
FILES = sorted(path for path in POLICIES.glob("*.toml") if not path.name.endswith(".cases.toml"))


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


@pytest.mark.parametrize("path", sorted(POLICIES.rglob("*.cases.toml")), ids=lambda path: path.stem)
def test_a_policy_passes_its_cases_and_they_show_all_of_it(path: Path) -> None:
    result = run_policy(path, CaseRunner())
    assert not result.fault
    assert not [each.outcome.differences for each in result.results if not each.outcome.passed]
    assert result.coverage is not None
    lacking = {rule.rule: (rule.shown, rule.unnoticed) for rule in result.coverage.rules}
    assert result.coverage.shown == result.coverage.total, lacking


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_policy_says_when_it_was_checked(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "2026-11" in text
    policy = Engine.of(path).policies[0]
    if policy.id.split("-")[0] in ("au", "ca", "de", "es", "fr", "in", "uk", "us"):
        assert "Not legal advice." in text
        assert "Not covered" in text
        own = {name for section, name in policy.own or () if section == "rules"}
        rules = [rule for name, rule in policy.rules.items() if policy.own is None or name in own]
        assert all(rule.common.references for rule in rules), "a rule of law names its source"
