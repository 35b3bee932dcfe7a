"""Reports as workbooks, read back with another library."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import time
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs
import comity_workbook.formatter as formatter
import comity_workbook.plugin as plugin
import pytest
from comity_workbook.formatter import XLSX_FORMATTER, write_xlsx
from comity_workbook.texts import LONGEST, SheetNames, cell_text
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import Engine, Finding, Notice, Plugins, Report
from comity.formatters import Style
from comity.readers import FieldRule, Mapping, Rejection
from comity.testing import check_formatter

openpyxl: Any = import_module("openpyxl")
POLICY = """
comity = 1
[policy]
id = "p"
title = "P"
version = "1"
timezone = "UTC"
[rules.wait]
kind = "forbidden"
contact = {}
"""
KEYS = [
    "policy", "rule", "kind", "severity", "status", "person", "scope", "event", "at", "evidence", "measured",
    "required", "allowed_from", "due", "message",
]  # fmt: skip
INSTANTS = ("at", "allowed_from", "due")
DAY = 86_400_000_000


def micros(text: str) -> int:
    moment = dt.datetime.fromisoformat(text)
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


AT = micros("2025-03-03T09:30:15Z")


def finding(**changes: Any) -> Finding:
    made: dict[str, Any] = {
        "policy": "p",
        "rule": "wait",
        "kind": "minimum-gap",
        "severity": "error",
        "status": "violation",
        "person": "ann",
        "scope": (("person", "ann"), ("matter", None)),
        "event": "#2",
        "at": AT,
        "evidence": ("#1",),
        "measured": "2d",
        "required": "at least 7d",
        "allowed_from": None,
        "due": None,
        "message": "Too early.",
    }
    return Finding(**{**made, **changes})


def report_of(*findings: Finding, rejections: tuple[Rejection, ...] = (), **counts: Any) -> Report:
    """Return a report, its summary made by an audit of nothing."""
    summary = attrs.evolve(Engine.of(POLICY).audit([]).summary, **counts)
    return Report(summary, findings, rejections)


def written(report: Report) -> bytes:
    return b"".join(write_xlsx(report, Style()))


def opened(report: Report) -> Any:
    return openpyxl.load_workbook(io.BytesIO(written(report)))


def read_back(data: bytes) -> list[dict[str, Any]]:
    """Read the findings again, with the keys and the values of `Finding.to_dict`."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = []
    for sheet in book:
        if sheet["A1"].value == "policy":
            head, *rows = sheet.iter_rows()
            names = [cell.value.removesuffix(" (UTC)") for cell in head]
            assert names == KEYS
            found += [
                {name: value_of(name, cell) for name, cell in zip(names, row, strict=True)} for row in rows
            ]
    return found


def value_of(name: str, cell: Any) -> Any:
    assert cell.hyperlink is None
    if name in INSTANTS:
        assert cell.value is None or cell.is_date or isinstance(cell.value, str)
        if isinstance(cell.value, dt.datetime):
            text = cell.value.isoformat(timespec="milliseconds")
            return text.removesuffix(".000") + "Z"
        return cell.value
    assert cell.data_type in ("n", "s", "inlineStr")
    if cell.value is None:
        return ""
    assert isinstance(cell.value, str)
    assert cell.number_format == "@"
    return unescaped(cell.value)


def unescaped(text: str) -> str:
    """Undo the escapes of Excel, which openpyxl leaves as they are in texts within a cell."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def same(key: str, wanted: Any, found: Any) -> bool:
    if key in INSTANTS and wanted is not None and wanted >= "1900-03-01":
        # Excel keeps milliseconds.
        wanted = re.sub(r"(\.\d{3})\d{3}Z", r"\1Z", wanted).replace(".000Z", "Z")
    elif key in ("scope", "evidence"):
        if len(found) == LONGEST:
            wanted = cell_text(json.dumps(wanted))
        else:
            found = json.loads(found)
    elif isinstance(wanted, str):
        wanted = cell_text(wanted)
    return bool(found == wanted)


def test_it_passes_the_kit() -> None:
    check_formatter(XLSX_FORMATTER, read_back, same=same)


texts = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    ["=1+1", "@SUM(A1)", "+49 30 123", "-1", "<r><t>x</t></r>", "<r></r>", "_x0041_", " a ", "\t",
     "a\r\nb", "#N/A", "http://example.org", "mailto:ann@example.org", "TRUE", "007", "{=1}", "'a", "",
     "</t>", "\U0001f600" * 3]
)  # fmt: skip
instants = st.integers(micros("0001-01-01T00:00:00Z"), micros("9999-12-31T23:59:59.999999Z"))
findings = st.builds(
    finding,
    rule=st.sampled_from(["wait", "wait-longer", "Findings", "summary"]),
    severity=st.sampled_from(["error", "warning", "info"]),
    status=st.sampled_from(["violation", "pending", "indeterminate"]),
    person=texts,
    scope=st.lists(
        st.tuples(st.sampled_from(["person", "matter"]), st.none() | texts), unique_by=lambda s: s[0]
    ).map(tuple),
    event=texts,
    at=instants,
    evidence=st.lists(texts, max_size=3).map(tuple),
    measured=texts,
    allowed_from=st.none() | instants,
    due=st.none() | instants,
    message=texts,
)


@settings(deadline=None, max_examples=80)
@given(st.lists(findings, max_size=6))
def test_any_findings_are_read_back_as_they_are(made: list[Finding]) -> None:
    report = report_of(*made)
    data = written(report)
    rows = read_back(data)
    assert len(rows) == len(made)
    for row, one in zip(rows, made, strict=True):
        wanted = one.to_dict()
        assert all(same(key, wanted[key], value) for key, value in row.items()), (row, wanted)
    assert written(report) == data


def test_a_report_has_a_summary_the_findings_and_a_sheet_for_each_rule() -> None:
    book = opened(report_of(finding(), finding(rule="other", person="bob", status="pending", due=AT + DAY)))
    assert book.sheetnames == ["Summary", "Findings", "wait", "other"]
    assert [cell.value for cell in book["Findings"][1]][8:10] == ["at (UTC)", "evidence"]
    for name, width, rows in (("Findings", "O", 3), ("wait", "K", 2), ("other", "K", 2)):
        sheet = book[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:{width}{rows}"
        assert sheet.column_dimensions[width].width > 50
        assert all(cell.font.bold for cell in sheet[1])
    row = {cell.value: value.value for cell, value in zip(book["other"][1], book["other"][2], strict=True)}
    assert row == {
        "status": "pending",
        "person": "bob",
        "scope": '{"person": "ann", "matter": null}',
        "event": "#2",
        "at (UTC)": dt.datetime(2025, 3, 3, 9, 30, 15),
        "evidence": '["#1"]',
        "measured": "2d",
        "required": "at least 7d",
        "allowed_from (UTC)": None,
        "due (UTC)": dt.datetime(2025, 3, 4, 9, 30, 15),
        "message": "Too early.",
    }


def test_the_summary_has_the_counts_the_rules_and_the_rejected_rows() -> None:
    rejected = (Rejection("log.csv", 3, "=1+1"), Rejection("log.csv", 5, "`at` is empty"))
    counts = {
        "rows_read": 9,
        "rows_rejected": 4,
        "as_of": AT,
        "notices": (
            Notice("dates-without-time", "2 events have a date without a time", count=2, help="say when"),
        ),
    }
    sheet = opened(report_of(finding(), rejections=rejected, **counts))["Summary"]
    rows = [[value for value in row if value is not None] for row in sheet.iter_rows(values_only=True)]
    assert rows[:8] == [
        ["rows read", 9],
        ["rows rejected", 4],
        ["rows skipped", 0],
        ["events", 0],
        ["persons", 0],
        ["as of (UTC)", dt.datetime(2025, 3, 3, 9, 30, 15)],
        ["policy", "p"],
        ["findings", 1],
    ]
    assert rows[9:11] == [
        ["policy", "rule", "judged", "violation", "pending", "indeterminate", "sheet"],
        ["p", "wait", 0, 0, 0, 0, "wait"],
    ]
    assert sheet.auto_filter.ref == "A10:G11"
    assert rows[12:14] == [
        ["notices"],
        ["2 events have a date without a time: say when [dates-without-time]"],
    ]
    assert rows[15:] == [
        ["rejected rows: the first 2", "row", "reason"],
        ["log.csv", 3, "=1+1"],
        ["log.csv", 5, "`at` is empty"],
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "  =A1", "+1", "-1", "@x", "\t=1", "＝1", '=HYPERLINK("http://example.org")']
)
def test_a_text_that_could_run_is_quoted_text(text: str) -> None:
    book = opened(report_of(finding(person=text, message=text)))
    for sheet in ("Findings", "wait"):
        (cell,) = [
            cell for cell in book[sheet][2] if cell.column_letter == ("F" if sheet == "Findings" else "B")
        ]
        assert cell.value == text
        assert cell.data_type in ("s", "inlineStr")
        assert cell.number_format == "@"
        assert cell.quotePrefix
    assert not book["Findings"]["A2"].quotePrefix


def test_nothing_in_the_file_is_a_formula_or_a_link() -> None:
    hostile = [
        "=1+1",
        "http://example.org",
        "mailto:ann@example.org",
        "internal:Summary!A1",
        "<r><f>1</f></r>",
        "1e5",
    ]
    data = written(report_of(*(finding(person=text, message=text, event=text) for text in hostile)))
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            content = parts.read(name)
            if name.startswith("xl/worksheets/"):
                assert not re.search(rb"<f[ >/]|<hyperlink|<c [^>]*t=\"(b|d|str)\"", content), name
            assert b"hyperlink" not in content


def test_long_texts_are_cut_and_forbidden_characters_are_escapes() -> None:
    assert cell_text("a\x00b\x1f\ud800\uffff\r\n\t") == "a\\x00b\\x1f\\ud800\\uffff\\r\n\t"
    assert cell_text("x" * LONGEST) == "x" * LONGEST
    assert cell_text("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
    wide = cell_text("\U0001f600" * LONGEST)
    assert len(wide.encode("utf-16-le")) == 2 * LONGEST
    assert wide.endswith("\U0001f600…")
    (row,) = read_back(written(report_of(finding(message="y" * 40_000))))
    assert row["message"] == "y" * (LONGEST - 1) + "…"


def test_instants_are_cut_to_milliseconds_and_dates_that_excel_lacks_are_texts() -> None:
    end = micros("2025-03-03T23:59:59.999999Z")
    sheet = opened(report_of(finding(at=end, due=AT, allowed_from=micros("1900-02-28T23:59:59Z"))))[
        "Findings"
    ]
    assert sheet["I2"].value == dt.datetime(2025, 3, 3, 23, 59, 59, 999_000)
    assert sheet["I2"].number_format == "yyyy-mm-dd hh:mm:ss.000"
    assert sheet["N2"].number_format == "yyyy-mm-dd hh:mm:ss"
    assert sheet["M2"].value == "1900-02-28T23:59:59Z"


def test_names_of_sheets_are_short_legal_and_different() -> None:
    names = SheetNames()
    assert names.take("Summary") == "Summary"
    long = "a-rule-whose-name-is-longer-than-a-tab"
    assert [names.take(long), names.take(long.upper())] == [
        "a-rule-whose-name-is-longer-tha",
        "A-RULE-WHOSE-NAME-IS-LONGER-T 2",
    ]
    assert names.take("summary") == "summary 2"
    assert names.take("[a]:*?/\\b'") == "-a------b"
    assert names.take("History") == "History 2"
    assert names.take("''") == "sheet"
    emoji = names.take("\U0001f600" * 40)
    assert len(emoji.encode("utf-16-le")) <= 62


def test_many_findings_go_on_on_further_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatter, "MOST_FINDINGS", 3)
    report = report_of(*(finding(person=f"p{n}", rule="ab"[n // 6]) for n in range(8)))
    book = opened(report)
    assert book.sheetnames == ["Summary", "Findings", "Findings 2", "Findings 3", "a", "a 2", "b"]
    assert [book[name].max_row for name in book.sheetnames[1:]] == [4, 4, 3, 4, 4, 3]
    assert [row["person"] for row in read_back(written(report))] == [f"p{n}" for n in range(8)]
    assert book["a 2"].auto_filter.ref == "A1:K4"


def test_very_many_rules_do_not_run_out_of_files() -> None:
    book = opened(report_of(*(finding(rule=f"rule-{n}") for n in range(300))))
    assert len(book.sheetnames) == 302
    assert book["rule-299"]["B2"].value == "ann"


def test_the_same_report_gives_the_same_bytes_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of(finding(), finding(rule="other"))
    first = written(report)
    for zone in ("Asia/Tokyo", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert written(report) == first
    monkeypatch.undo()
    time.tzset()


def test_a_report_goes_through_the_reader_again(tmp_path: Path) -> None:
    (tmp_path / "report.xlsx").write_bytes(
        written(report_of(finding(person="5551234"), finding(person="=1")))
    )
    engine = Engine.of(POLICY, plugins=Plugins([plugin]))
    log = engine.log(
        tmp_path / "report.xlsx",
        timezone="UTC",
        options={"sheet": ("Findings",)},
        mapping=Mapping(1, fields={"at": FieldRule("at (UTC)")}),
    )
    found = engine.audit(log).findings
    assert [(f.person, f.at) for f in found] == [("5551234", AT), ("=1", AT)]
