"""Checking the policies that a plugin brings: all load, all have cases, and all cases pass."""

from __future__ import annotations

from pathlib import Path

from comity.cases.load import case_files, load_cases
from comity.cases.run import run_case
from comity.engine import Engine
from comity.errors import ComityError
from comity.plugins.manager import Plugins
from comity.policy.search import policy_files


def check_industry(plugin: object, *, least_cases: int = 1) -> int:
    """Check all policies of a plugin's industries and folders, and give how many cases there are.

    Each must load, bear its file's name as its id, have references, and have a file of at least
    `least_cases` cases beside it, all of which pass. Raises AssertionError with all that is wrong.
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
        found = _check_cases(folder, plugins, least_cases, wrong)
        count += found
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
    if not path.with_name(f"{path.stem}.cases.toml").is_file():
        wrong.append(f"{path.name} has no cases beside it")
    return wrong


def _check_cases(folder: Path, plugins: Plugins, least: int, wrong: list[str]) -> int:
    count = 0
    for path in case_files(folder):
        try:
            file = load_cases(path)
        except ComityError as error:
            wrong.append(f"{path.name} does not load:\n{error}")
            continue
        count += len(file.case)
        if len(file.case) < least:
            wrong.append(f"{path.name} has {len(file.case)} cases, fewer than {least}")
        for case in file.case:
            try:
                differences = run_case(file, case, plugins)
            except ComityError as error:
                differences = [str(error)]
            wrong += [f"{path.name}, {case.name}: {difference}" for difference in differences]
    return count
