"""The first sheet of a report: its counts, a table by rule, what to know of them, and rejected rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from comity import Report
from comity_workbook.book import Book, Cell, InstantCell

_WIDTHS: Final = (30, 34, 12, 12, 12, 14, 34)
_HEAD: Final = ("policy", "rule", "judged", "violation", "pending", "indeterminate", "sheet")


def write_summary(
    book: Book, name: str, report: Report, by_rule: Mapping[tuple[str, str], Sequence[str]]
) -> None:
    """Write the sheet; `by_rule` names the sheets of each rule."""
    sheet = book.add_sheet(name, _WIDTHS)
    row = 0
    for cells in _counts(report):
        book.write_row(sheet, row, cells)
        row += 1
    row = table = row + 1
    book.write_head(sheet, row, _HEAD)
    for rule in _rules(report, by_rule):
        row += 1
        book.write_row(sheet, row, rule)
    sheet.autofilter(table, 0, row, len(_HEAD) - 1)
    row += 2
    if report.notices:
        book.write_head(sheet, row, ("notices",))
        for notice in report.notices:
            row += 1
            book.write_row(sheet, row, (notice.to_text(),))
        row += 2
    if report.rejections:
        _write_rejections(book, sheet, row, report)


def _counts(report: Report) -> Iterator[Sequence[Cell]]:
    summary = report.summary
    yield "rows read", summary.rows_read
    yield "rows rejected", summary.rows_rejected
    yield "rows skipped", summary.rows_skipped
    yield "events", summary.events
    yield "persons", summary.persons
    text = summary.to_dict()["as_of"]
    yield "as of (UTC)", None if summary.as_of is None else InstantCell(summary.as_of, text)
    for policy in summary.policies:
        yield "policy", policy
    yield "findings", len(report.findings)


def _rules(report: Report, by_rule: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[Sequence[Cell]]:
    for name, tally in report.summary.by_rule.items():
        policy, _, rule = name.partition("/")
        sheets = ", ".join(by_rule.get((policy, rule), ()))
        yield policy, rule, tally.judged, tally.violation, tally.pending, tally.indeterminate, sheets


def _write_rejections(book: Book, sheet: object, row: int, report: Report) -> None:
    shown, all_of_them = len(report.rejections), report.summary.rows_rejected
    title = "rejected rows" if shown >= all_of_them else f"rejected rows: the first {shown:,}"
    book.write_head(sheet, row, (title, "row", "reason"))
    for rejection in report.rejections:
        row += 1
        book.write_row(sheet, row, (rejection.file, rejection.row, rejection.reason))
