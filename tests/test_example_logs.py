"""The example logs tell the stories that their README tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comity import Engine
from comity.readers import BUILTIN_READERS, Log

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "policies" / "examples"
README = (EXAMPLES / "README.md").read_text("utf-8")
TABLES = re.findall(
    r"comity audit (\S+) --policy (\S+)\n\n\| rule \| violations \|\n\| --- \| --- \|\n((?:\|.*\n)+)", README
)


def test_the_lab_technician_s_month() -> None:
    engine = Engine.of("lab-technician-interview")
    log = Log(
        [EXAMPLES / "lab-technician-interview.csv"],
        readers=BUILTIN_READERS,
        attributes=engine.plan.attributes(),
    )
    report = engine.audit(log)
    found = [(f.person, f.event, f.rule, f.status) for f in report.findings]
    assert found == [
        ("Harbor Diagnostics", "#9", "wait-a-week-after-the-interview", "violation"),
        ("Harbor Diagnostics", "#10", "call-only-when-asked", "violation"),
        ("Harbor Diagnostics", "#10", "wait-a-week-after-the-interview", "violation"),
        ("Harbor Diagnostics", "#10", "wait-a-week-between-follow-ups", "violation"),
        ("Harbor Diagnostics", "#14", "at-most-two-follow-ups", "violation"),
        ("Harbor Diagnostics", "#14", "wait-a-week-between-follow-ups", "violation"),
        ("Hilltop Pathology", "#12", "nothing-after-the-end", "violation"),
        ("Northside Lab", "#18", "thank-you-within-a-day", "pending"),
        ("Riverbend Clinic", "#2", "thank-you-within-a-day", "violation"),
        ("Riverbend Clinic", "#8", "polite-and-professional", "violation"),
        ("Riverbend Clinic", "#8", "wait-a-week-after-the-interview", "violation"),
        ("Riverbend Clinic", "#8", "working-hours", "violation"),
    ]
    assert report.summary.rows_rejected == 0


@pytest.mark.parametrize(("log", "policy", "table"), TABLES, ids=[f"{log} {name}" for log, name, _ in TABLES])
def test_a_log_has_the_faults_that_its_story_tells(log: str, policy: str, table: str) -> None:
    engine = Engine.of(ROOT / policy if policy.endswith(".toml") else policy)
    for back_end in ("online", "columnar"):
        report = engine.audit(engine.log(ROOT / log), engine=back_end)
        found = {name.split("/")[1]: tally.violation for name, tally in report.summary.by_rule.items()}
        rows = re.findall(r"\| (\S+) \| (\d+) \|", table)
        assert found == {rule: int(count) for rule, count in rows}
        assert report.summary.rows_rejected == 0


def test_there_are_stories_of_four_more_industries() -> None:
    assert len({log for log, _, _ in TABLES}) == 4


def test_the_calendar_finds_as_much_in_the_surveys() -> None:
    def count(policy: str) -> int:
        engine = Engine.of(policy)
        return len(engine.audit(engine.log(EXAMPLES / "surveys.csv")).findings)

    assert count("survey-invitations") == count("survey-invitations-calendar")


def test_the_script_writes_the_logs_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    for name, text in __import__("make_logs").logs():
        assert (EXAMPLES / name).read_text("utf-8") == text
