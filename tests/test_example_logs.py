"""The example logs tell the stories that their README tells."""

from __future__ import annotations

from pathlib import Path

from comity import Engine
from comity.readers import BUILTIN_READERS, Log

EXAMPLES = Path(__file__).parent.parent / "policies" / "examples"


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
