"""Checking the policies of a plugin: all load, all have cases, and all cases pass."""

from __future__ import annotations

from pathlib import Path

from comity.cases.load import case_files
from comity.cases.run import CaseRunner
from comity.cases.suite import SuiteResult, run_policy
from comity.engine import Engine
from comity.errors import ComityError
from comity.plugins.manager import Plugins
from comity.policy.compose.search import cases_beside, policy_files


def check_industry(plugin: object, *, least_cases: int = 1, least_coverage: float = 0) -> int:
    """Check all policies of a plugin's industries and folders, and return the number of cases.

    Each policy must load, have the name of its file as its id, have references, and have a file of cases
    beside it. That file must have at least `least_cases` cases; all must pass and show at least
    `least_coverage` per cent of the rules, as `comity test` counts it. Raises AssertionError with everything
    that is wrong.
    """
    plugins = Plugins([plugin])
    shipped = set(Plugins().search.folders)
    folders = [folder for folder in plugins.search.folders if folder not in shipped]
    assert folders, "the plugin brings no folder of policies"
    wrong: list[str] = []
    count = 0
    for folder in folders:
        policies = list(policy_files(folder))
        if not policies:
            wrong.append(f"{folder} has no policies")
        for path in policies:
            wrong += _check_policy(path, plugins)
        count += _check_cases(folder, plugins, least_cases, least_coverage, wrong)
    assert not wrong, "\n".join(wrong)
    return count


def _check_policy(path: Path, plugins: Plugins) -> list[str]:
    try:
        policy = Engine.of(path, plugins=plugins).policies[0]
    except ComityError as error:
        return [f"{path.name} does not load:\n{error}"]
    wrong = []
    if policy.id != path.stem:
        wrong.append(f"{path.name} has the id `{policy.id}`")
    if not policy.meta.references:
        wrong.append(f"{path.name} has no references")
    if not cases_beside(path).is_file():
        wrong.append(f"{path.name} has no cases beside it")
    return wrong


def _check_cases(folder: Path, plugins: Plugins, least: int, coverage: float, wrong: list[str]) -> int:
    runner = CaseRunner(plugins)
    count = 0
    for path in case_files(folder):
        found = run_policy(path, runner)
        if found.fault:
            wrong.append(f"{path.name} does not load:\n{found.fault}")
            continue
        count += len(found.results)
        if len(found.results) < least:
            wrong.append(f"{path.name} has {len(found.results)} cases, fewer than {least}")
        wrong += [
            f"{path.name}, {each.case.name}: {difference}"
            for each in found.results
            for difference in each.outcome.differences
        ]
        shown = SuiteResult((found,)).coverage
        if shown is None and coverage > 0:
            wrong.append(f"{path.name} has no rule that has anything to show")
        if shown is not None and shown < coverage:
            wrong.append(f"{path.name} shows {shown:.1f}% of the rules, less than {coverage:g}%")
    return count
