from __future__ import annotations

from pathlib import Path

import pytest

from comity.cli.main import run as run_comity

POLICY = Path(__file__).parents[2] / "fixtures" / "sql" / "reach.toml"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        run_comity(["sql", *arguments])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_a_view_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(str(POLICY), "--dialect", "bigquery", "--table", "crm.contacts") == 0
    printed = capfd.readouterr().out
    assert printed.startswith("CREATE OR REPLACE VIEW comity_reach AS\nWITH")
    assert "-- At most 2 × call, in the same week, counted anew after" in printed
    assert "FROM crm.contacts `log`" in printed


def test_a_dbt_model_comes_with_its_tests_and_its_stretches(tmp_path: Path) -> None:
    model, seed = tmp_path / "reach.sql", tmp_path / "comity_stretches.csv"
    days = ("--from", "2025-03-01", "--through", "2025-03-03", "--zone", "Asia/Tokyo")
    given = (str(POLICY), "--dialect", "snowflake", "--dbt", "--output", str(model))
    assert run(*given, "--stretches", str(seed), *days) == 0
    assert model.read_text("utf-8").startswith("{{ config(materialized='view') }}\nWITH")
    assert "JOIN {{ ref('comity_stretches') }} s ON" in model.read_text("utf-8")
    tests = model.with_suffix(".yml").read_text("utf-8")
    assert "name: comity_reach" in tests
    assert "values: [violation, pending]" in tests
    lines = seed.read_text("utf-8").splitlines()
    assert lines[0].startswith("zone,uday,begins,ends,")
    assert {line.split(",")[0] for line in lines[1:]} == {"", "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--dialect", "oracel"), "`oracel` is not a known dialect of SQL"),
        (("--dialect", "duckdb", "--from", "2025-01-01"), "are for the table of stretches: give --stretches"),
        (("--dialect", "duckdb", "--stretches", "s.csv"), "--stretches needs the days of the events"),
    ],
)
def test_options_that_cannot_be(
    arguments: tuple[str, ...], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(str(POLICY), *arguments) == 2
    assert message in capfd.readouterr().err
