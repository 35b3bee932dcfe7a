"""The conformance cases, found by compiled SQL in two databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.cases.run import CaseRunner
from comity.clock.instants import parse_instant
from comity.sql.compiler import refusals_of
from comity.sql.dialects.duckdb import DUCKDB
from comity.testing import Case, CaseFile, case_files, load_cases
from sql_runs import DIALECTS, differences, numbered

CASES = Path(__file__).parent / "cases"
RUNNER = CaseRunner()


def cases() -> list[Any]:
    return [
        pytest.param(file, case, id=f"{path.name.removesuffix('.cases.toml')}: {case.name}")
        for folder in ("valid", "extends")
        for path in case_files(CASES / folder)
        for file in [load_cases(path)]
        for case in file.case
        if case.audits and case.errors is None
    ]


def limits_of(case: Case) -> dict[str, int | None]:
    given = {"as_of": case.as_of, "since": case.since, "until": case.until}
    return {name: None if text is None else parse_instant(text) for name, text in given.items()}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
@pytest.mark.parametrize(("file", "case"), cases())
def test_sql_finds_what_the_engine_finds(file: CaseFile, case: Case, dialect: Any) -> None:
    events = numbered(file.events(case))
    assert not differences(dialect, RUNNER.engine(file, case), events, **limits_of(case))[0]


def test_most_rules_of_the_cases_compile() -> None:
    plans = {RUNNER.engine(*parameters.values).plan for parameters in cases()}
    rules = sum(len(plan.rules) for plan in plans)
    refused = sum(len(refusals_of(plan, DUCKDB)) for plan in plans)
    assert refused < rules // 5
