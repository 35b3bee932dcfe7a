"""The report for people: a table by rule, then the findings of each person."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from comity.clock.instants import format_instant
from comity.errors import printable
from comity.formatters.formatter import Style
from comity.formatters.notices import NOTHING, notice_lines
from comity.results.findings import Finding
from comity.results.report import Report, Summary
from comity.results.state_report import StateReport
from comity.texts.many import many

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


def write_text(report: Report, style: Style) -> Iterator[str]:
    """Write the counts, a table of rules, and the findings grouped by person."""
    from rich.style import Style as Colour

    console, buffer = console_for(style)
    _write_summary(report, console)
    yield buffer.getvalue()

    alone = len(report.summary.policies) == 1

    def paint(text: str, colour: str) -> str:
        return Colour.parse(colour).render(text) if style.colour else text

    if isinstance(report, StateReport) and report.withdrawn:
        yield f"\nWithdrawn, since it no longer holds: {many(len(report.withdrawn), 'earlier finding')}\n"
        yield from _by_person(report.withdrawn, paint, alone=alone)
        yield f"\nNew in this run: {many(len(report.findings), 'finding')}\n"
    yield from _by_person(report.findings, paint, alone=alone)


def _by_person(found: Iterable[Finding], paint: Callable[[str, str], str], *, alone: bool) -> Iterator[str]:
    """Yield the lines about findings, with each person above theirs."""
    for person, findings in groupby(found, key=lambda finding: finding.person):
        yield "\n" + paint(printable(person), "bold") + "\n"
        for finding in findings:
            yield from _finding_lines(
                finding, finding.rule if alone else f"{finding.policy}/{finding.rule}", paint
            )


def console_for(style: Style) -> tuple[Console, io.StringIO]:
    """Return a console that writes tables in a style, and the buffer that it writes to."""
    from rich.console import Console

    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=style.width,
        force_terminal=style.colour,
        color_system="standard" if style.colour else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    return console, buffer


def _write_summary(report: Report, console: Console) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    summary = report.summary
    for notice in report.notices:
        if notice.code in NOTHING:
            said = notice.message[0].upper() + notice.message[1:]
            said = f"{said}: {notice.help}" if notice.help else said
            console.print(Text(printable(said)), soft_wrap=True)
    if isinstance(report, StateReport):
        console.print(Text(f"this run: {_headline(summary)}"), soft_wrap=True)
        console.print(Text(f"since the beginning: {_so_far(report)}"), soft_wrap=True)
    else:
        console.print(Text(_headline(summary)), soft_wrap=True)
    console.print(Text(printable("policies: " + ", ".join(summary.policies))), soft_wrap=True)
    for line in notice_lines(notice for notice in report.notices if notice.code not in NOTHING):
        console.print(Text(printable(f"note: {line}")), soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("rule", overflow="fold")
    for name in ("judged", "violations", "pending"):
        table.add_column(name, justify="right")
    for name, tally in summary.by_rule.items():
        colour = "red" if tally.violation else "green"
        table.add_row(
            Text(printable(name if len(summary.policies) > 1 else name.split("/", 1)[1])),
            f"{tally.judged:,}",
            Text(f"{tally.violation:,}", style=colour),
            f"{tally.pending:,}",
        )
    console.print(table)
    if not report.findings:
        console.print("No new findings." if isinstance(report, StateReport) else "No findings.")


def _so_far(report: StateReport) -> str:
    """Say what all runs have read and found."""
    total = report.total
    violations = sum(tally.violation for tally in total.by_rule.values())
    pending = sum(tally.pending for tally in total.by_rule.values())
    said = f"{many(report.run, 'run')}, {many(total.events, 'event')} of {many(total.persons, 'person')}"
    return f"{said}; {many(violations, 'violation')}, {pending:,} pending"


def _headline(summary: Summary) -> str:
    until = "" if summary.as_of is None else f", as of {format_instant(summary.as_of)}"
    events = many(summary.events, "event")
    return f"{events} of {many(summary.persons, 'person')}{until}; rows: {summary.rows_read:,} read, " + (
        f"{summary.rows_rejected:,} rejected, {summary.rows_skipped:,} skipped"
    )


def _finding_lines(finding: Finding, rule: str, paint: object) -> Iterator[str]:
    assert callable(paint)
    word = finding.status if finding.status != "violation" else finding.severity
    tag = paint(f"{word:<9}", _COLOURS[finding.severity] if finding.status == "violation" else "magenta")
    yield f"  {tag} {format_instant(finding.at)}  {printable(finding.event)}  {printable(rule)}\n"
    yield f"            {printable(finding.message)}\n"
    further = [f"{name} {value}" for name, value in finding.scope if name != "person" and value is not None]
    if finding.allowed_from is not None:
        further.append(f"allowed from {format_instant(finding.allowed_from)}")
    if len(finding.evidence) > 1:
        further.append("evidence " + ", ".join(finding.evidence))
    if further:
        yield f"            ({printable('; '.join(further))})\n"
