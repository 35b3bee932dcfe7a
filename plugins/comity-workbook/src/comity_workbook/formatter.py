"""Reports as Excel workbooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from comity import Finding, Report
from comity.formatters import Formatter, Style
from comity_workbook.book import Book, Cell, InstantCell
from comity_workbook.summary import write_summary
from comity_workbook.texts import SheetNames, json_text

MOST_FINDINGS: Final = 1_048_575
"""How many rows a sheet has below its header."""
WIDTHS: Final[Mapping[str, float]] = {
    "policy": 26,
    "rule": 26,
    "kind": 18,
    "severity": 10,
    "status": 13,
    "person": 26,
    "scope": 32,
    "event": 14,
    "at": 23,
    "evidence": 20,
    "measured": 22,
    "required": 26,
    "allowed_from": 23,
    "due": 23,
    "message": 90,
}
"""The columns of findings, in their order, and how wide they are."""
_SAME: Final = 4
"""How many columns, the first, are the same throughout the sheet of a rule."""
_INSTANTS: Final = ("at", "allowed_from", "due")
_PIECE: Final = 1 << 20

RuleKey = tuple[str, str]
"""A policy and a rule."""


def write_xlsx(report: Report, style: Style) -> Iterator[bytes]:
    """Write a workbook: a summary, all findings, and a sheet for each rule."""
    from tempfile import TemporaryFile

    with TemporaryFile() as file:
        _write(report, file)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _write(report: Report, file: Any) -> None:
    names = SheetNames()
    summary_name = names.take("Summary")
    counts = _counts(report)
    everything = _names(names, "Findings", len(report.findings))
    by_rule = {rule: _names(names, rule[1], count) for rule, count in counts.items()}
    sheets = 1 + len(everything) + sum(map(len, by_rule.values()))
    book = Book(file, "Audit by " + ", ".join(report.summary.policies), sheets)
    write_summary(book, summary_name, report, by_rule)
    table = FindingSheets(book, everything, 0)
    tables = {rule: FindingSheets(book, names, _SAME) for rule, names in by_rule.items()}
    for finding in report.findings:
        cells = finding_cells(finding)
        table.add(cells)
        tables[finding.policy, finding.rule].add(cells)
    for each in (table, *tables.values()):
        each.close()
    book.close()


def _counts(report: Report) -> dict[RuleKey, int]:
    """Count the findings of each rule that judged anything or has any, in the order of the summary."""
    tallies = report.summary.by_rule.items()
    counts = {_rule(name): tally.violation + tally.pending + tally.indeterminate for name, tally in tallies}
    if sum(counts.values()) != len(report.findings):
        found = Counter((finding.policy, finding.rule) for finding in report.findings)
        counts = {rule: found[rule] for rule in dict.fromkeys((*counts, *found))}
    idle = {_rule(name) for name, tally in tallies if not tally.judged}
    return {rule: count for rule, count in counts.items() if count or rule not in idle}


def _rule(name: str) -> RuleKey:
    policy, _, rule = name.partition("/")
    return policy, rule


def _names(names: SheetNames, wanted: str, count: int) -> list[str]:
    """Take names for as many sheets as so many findings need."""
    return [names.take(wanted) for _ in range(max(1, -(-count // MOST_FINDINGS)))]


def finding_cells(finding: Finding) -> list[Cell]:
    """Return the cells of a finding in the order of the columns; nested values as JSON."""
    made: list[Cell] = []
    for name, value in finding.to_dict().items():
        if name in _INSTANTS:
            micros = getattr(finding, name)
            made.append(None if micros is None else InstantCell(micros, value))
        else:
            made.append(value if isinstance(value, str) else json_text(value))
    return made


class FindingSheets:
    """A table of findings, on one sheet or, where it is too long for one, on several."""

    def __init__(self, book: Book, names: Sequence[str], left_out: int) -> None:
        columns = list(WIDTHS)[left_out:]
        self._book, self._left_out, self._last = book, left_out, len(columns) - 1
        self._sheets = [book.add_sheet(name, [WIDTHS[column] for column in columns]) for name in names]
        self._rows = [0] * len(names)
        self._now = 0
        for sheet in self._sheets:
            heads = [f"{name} (UTC)" if name in _INSTANTS else name for name in columns]
            book.write_head(sheet, 0, heads)
            sheet.freeze_panes(1, 0)

    def add(self, cells: Sequence[Cell]) -> None:
        """Add a finding."""
        if self._rows[self._now] == MOST_FINDINGS:
            self._now += 1
        self._rows[self._now] += 1
        self._book.write_row(self._sheets[self._now], self._rows[self._now], cells[self._left_out :])

    def close(self) -> None:
        """Put the filters over what was added."""
        for sheet, rows in zip(self._sheets, self._rows, strict=True):
            sheet.autofilter(0, 0, rows, self._last)


XLSX_FORMATTER: Final = Formatter("xlsx", write_xlsx, binary=True, notices=True)
