"""Sheets as logs: what each cell becomes, which sheet is read, and the faults of headers and cells."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import comity_workbook.plugin as plugin
import pytest
from comity_workbook.reader import XLSX_READER, read_xlsx
from comity_workbook.recognise import is_workbook

from comity import Engine, Event, InputError, Plugins, Report, UsageError
from comity.readers import BadRow, LogFormat, Mapping
from comity.testing import check_reader

openpyxl: Any = import_module("openpyxl")
xlsxwriter: Any = import_module("xlsxwriter")

POLICY = """
comity = 1
[policy]
id = "p"
title = "P"
version = "1"
[attributes]
score = "number"
[rules.none]
kind = "forbidden"
contact = { outcome = "busy" }
[rules.low]
kind = "forbidden"
contact = { score = { less-than = 5 } }
"""
ENGINES = ("online", "columnar")
Rows = Sequence[Any]
"""Rows of cells; Any, so that a list of mixed rows is one."""


def by_xlsxwriter(rows: Rows, place: tuple[int, int] = (0, 0), **options: Any) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm:ss", **options})
    sheet = book.add_worksheet("Log")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(place[0] + number, place[1] + column, value)
    book.close()
    return file.getvalue()


def by_openpyxl(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sheets(**contents: Rows) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in contents.items():
        sheet = book.create_sheet(name.removesuffix("_hidden"))
        if name.endswith("_hidden"):
            sheet.sheet_state = "hidden"
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return a workbook with another text in its first sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(file, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old in part
                part = part.replace(old, new)
            after.writestr(name, part)
    return file.getvalue()


def rows_of(
    data: bytes, log: LogFormat | None = None, wanted: frozenset[str] | None = None
) -> tuple[list[dict[str, Any]], list[BadRow]]:
    """Return the rows, each with its number, and the rejected ones."""
    rows: list[dict[str, Any]] = []
    bad: list[BadRow] = []
    stream: Any = io.BufferedReader(io.BytesIO(data))
    for batch in read_xlsx(stream, log or LogFormat(), wanted):
        assert batch.fixed
        bad += batch.rejected
        for index, number in enumerate(batch.numbers):
            rows.append({"": number, **{name: cells[index] for name, cells in batch.columns.items()}})
    return rows, bad


def audit(tmp_path: Path, data: bytes, engine: str, name: str = "log.xlsx", **options: Any) -> Report:
    path = tmp_path / name
    path.write_bytes(data)
    made = Engine.of(POLICY, plugins=Plugins([plugin]))
    log = made.log(path, **{"timezone": "Europe/Berlin", **options})
    return made.audit(log, engine=engine)  # type: ignore[arg-type]


def events(tmp_path: Path, data: bytes, name: str = "log.xlsx", **options: Any) -> list[Event]:
    path = tmp_path / name
    path.write_bytes(data)
    made = Engine.of(POLICY, plugins=Plugins([plugin]))
    log = made.log(path, **{"timezone": "Europe/Berlin", **options})
    return [event for batch in log.batches() for event in batch]


@pytest.mark.parametrize("write", [by_xlsxwriter, by_openpyxl])
def test_each_type_of_cell(write: Callable[[Rows], bytes]) -> None:
    moment = dt.datetime(2025, 3, 3, 9, 30, 15, 250_000)
    header = ["text", "whole", "part", "yes", "at", "none", "like"]
    (found,), bad = rows_of(write([header, [" a b ", 5551234, 1.5, True, moment, None, "007"]]))
    assert found == {
        "": 1,
        "text": " a b ",
        "whole": 5551234,
        "part": 1.5,
        "yes": True,
        "at": moment,
        "none": "",
        "like": "007",
    }
    assert type(found["whole"]) is int
    assert not bad


def test_dates_and_times_of_the_day_are_what_they_are_shown_as() -> None:
    rows, _ = rows_of(by_openpyxl([["day", "time"], [dt.date(2025, 3, 4), dt.time(9, 5)]]))
    assert rows == [{"": 1, "day": dt.date(2025, 3, 4), "time": "09:05:00"}]
    (midnight,), _ = rows_of(by_openpyxl([["at"], [dt.datetime(2025, 3, 4)]]))
    assert midnight["at"] == dt.datetime(2025, 3, 4)
    assert type(midnight["at"]) is dt.datetime


def test_a_duration_is_a_text_of_hours() -> None:
    book = openpyxl.Workbook()
    book.active.append(["length"])
    for value in (dt.timedelta(hours=36, seconds=5), dt.timedelta(minutes=2), dt.timedelta(0)):
        book.active.append([value])
        book.active.cell(book.active.max_row, 1).number_format = "[h]:mm:ss"
    file = io.BytesIO()
    book.save(file)
    rows, _ = rows_of(file.getvalue())
    assert [row["length"] for row in rows] == ["36:00:05", "0:02:00", "0:00:00"]


def test_numbers_are_the_digits_that_were_typed(tmp_path: Path) -> None:
    rows = [
        ["person", "at", "score"],
        [4930123456789.0, "2025-03-03T09:00Z", 1e300],
        [0, "2025-03-03T09:00Z", -0.5],
    ]
    found = events(tmp_path, by_xlsxwriter(rows))
    assert [event.person for event in found] == ["4930123456789", "0"]
    assert [event.attributes["score"] for event in found] == [1e300, -0.5]


@pytest.mark.parametrize("date_1904", [False, True])
def test_dates_are_local_times_of_the_log(tmp_path: Path, date_1904: bool) -> None:
    at = dt.datetime(2025, 7, 1, 9, 30, 15)
    data = by_xlsxwriter([["person", "at"], ["ann", at], ["bob", dt.date(2025, 7, 2)]], date_1904=date_1904)
    (first, second) = events(tmp_path, data)
    assert first.at == dt.datetime(2025, 7, 1, 7, 30, 15, tzinfo=dt.UTC).timestamp() * 1e6
    assert second.at == dt.datetime(2025, 7, 1, 22, tzinfo=dt.UTC).timestamp() * 1e6
    reading = check_reader(XLSX_READER, data, 2, rejected=2, timezone=None, spoil=0)
    assert "has no offset: give the zone with --timezone" in reading.rejections[0].reason


@pytest.mark.parametrize("engine", ENGINES)
def test_an_audit_of_a_sheet(tmp_path: Path, engine: str) -> None:
    at = dt.datetime(2025, 3, 3, 9, 30)
    rows = [
        ["person", "at", "outcome", "score", "more"],
        [5551234, at, "busy", None, "x"],
        ["bob", at, "", 4, 1],
    ]
    report = audit(tmp_path, by_openpyxl(rows), engine)
    assert [(f.person, f.rule, f.event) for f in report.findings] == [
        ("5551234", "none", "#1"),
        ("bob", "low", "#2"),
    ]
    assert (report.summary.rows_read, report.summary.events) == (2, 2)


def test_blank_rows_are_no_rows_wherever_they_are() -> None:
    rows = [
        [None],
        [None, None, None],
        ["person", "at", None],
        [None],
        ["ann", "t", None],
        [" ", "", None],
        ["bob", "u"],
    ]
    for data in (by_openpyxl(rows), by_xlsxwriter(rows, place=(2, 3))):
        found, bad = rows_of(data)
        assert found == [{"": 1, "person": "ann", "at": "t"}, {"": 2, "person": "bob", "at": "u"}]
        assert not bad


def test_the_first_sheet_that_is_seen_and_not_empty_is_read() -> None:
    data = sheets(
        old_hidden=[["person"], ["eve"]], Cover=[], Log=[["person"], ["ann"]], More=[["person"], ["bob"]]
    )
    assert rows_of(data)[0] == [{"": 1, "person": "ann"}]


@pytest.mark.parametrize("name", ["More", "more", " MORE "])
def test_another_sheet_is_read_where_it_is_named(name: str) -> None:
    data = sheets(Log=[["person"], ["ann"]], More=[["person"], ["bob"]], old_hidden=[["person"], ["eve"]])
    assert rows_of(data, LogFormat(options={"sheet": (name,)}))[0] == [{"": 1, "person": "bob"}]
    assert rows_of(data, LogFormat(options={"sheet": ("old",)}))[0] == [{"": 1, "person": "eve"}]


def test_an_unknown_sheet_is_an_error_that_lists_the_sheets(tmp_path: Path) -> None:
    mapping = Mapping(1, LogFormat(options={"sheet": ("Lgo",)}))
    with pytest.raises(InputError, match=r"log.xlsx: there is no sheet `Lgo`: the sheets are `Log`, `More`$"):
        audit(tmp_path, sheets(Log=[["person"]], More=[]), "online", mapping=mapping)


def test_another_option_is_refused(tmp_path: Path) -> None:
    mapping = Mapping(1, LogFormat(options={"shet": ("Log",)}))
    with pytest.raises(UsageError, match="did you mean `sheet`"):
        audit(tmp_path, sheets(Log=[["person"]]), "online", mapping=mapping)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sheet_without_anything_is_an_error_and_one_without_rows_is_not(
    tmp_path: Path, engine: str
) -> None:
    with pytest.raises(InputError, match=r"log.xlsx: the sheet is empty: it has no header$"):
        audit(tmp_path, sheets(Log=[]), engine)
    assert audit(tmp_path, sheets(Log=[["person", "at"]]), engine).summary.rows_read == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_faults_of_the_header(tmp_path: Path, engine: str) -> None:
    with pytest.raises(InputError, match=r"no column `at`.*the columns are `person`, `when`, `2025`"):
        audit(tmp_path, by_openpyxl([["person", "when", 2025], ["ann", "x", 1]]), engine)
    with pytest.raises(InputError, match="several columns are called `person`"):
        audit(tmp_path, by_openpyxl([["person", "at", " person "], ["ann", "x", 1]]), engine)


def test_columns_without_a_name_or_with_a_name_twice_are_left_out() -> None:
    rows, bad = rows_of(by_openpyxl([["a", None, "b", "b", "c"], [1, 2, 3, 4, 5, "aside"]]))
    assert rows == [{"": 1, "a": 1, "c": 5}]
    assert not bad


def test_a_mapping_names_the_columns_from_the_first_on() -> None:
    log = LogFormat(header=("person", "at", " score "))
    rows, bad = rows_of(by_xlsxwriter([["t", 3], ["u", None], ["v", 1, "w"]], place=(1, 1)), log)
    assert rows == [
        {"": 1, "person": "", "at": "t", "score": 3},
        {"": 2, "person": "", "at": "u", "score": ""},
    ]
    assert [(row.number, row.reason) for row in bad] == [(3, "has 4 cells, the header has 3")]
    assert rows_of(sheets(Log=[]), log) == ([], [])


def test_only_the_wanted_columns_are_given() -> None:
    data = by_openpyxl([["a", "b"], [1, "=NA()"]])
    assert rows_of(data, wanted=frozenset("a")) == ([{"": 1, "a": 1}], [])


@pytest.mark.parametrize("engine", ENGINES)
def test_an_error_in_a_needed_cell_rejects_the_row(tmp_path: Path, engine: str) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    for column, name in enumerate(("note", "person", "at", "outcome")):
        sheet.write_string(1, 1 + column, name)
    for row in range(2, 5):
        sheet.write_row(row, 1, ["-", "ann", "2025-03-03T09:00:00Z", "busy"])
    sheet.write_formula(2, 4, "=NA()", None, "#N/A")
    sheet.write_formula(3, 1, "=1/0", None, "#DIV/0!")
    sheet.write_formula(4, 4, '="bu"&"sy"', None, "busy")
    book.close()
    report = audit(tmp_path, file.getvalue(), engine)
    assert [finding.event for finding in report.findings] == ["#2", "#3"]
    assert (report.summary.rows_read, report.summary.events, report.summary.rows_rejected) == (3, 2, 1)
    reading = check_reader(XLSX_READER, file.getvalue(), 3, rejected=2, spoil=0)
    assert [(rejection.row, rejection.reason) for rejection in reading.rejections] == [
        (1, "cell E3 (`outcome`) is the error `#N/A`"),
        (2, "cell B4 (`note`) is the error `#DIV/0!`"),
    ]


def test_a_formula_that_was_never_worked_out_rejects_the_row() -> None:
    rows, bad = rows_of(
        by_openpyxl([["person", "at"], ["ann", "=TODAY()"], ["=1", 2], ["bob", "t"], ["=A1", None]])
    )
    assert rows == [{"": 3, "person": "bob", "at": "t"}]
    assert [row.number for row in bad] == [1, 2, 4]
    assert bad[0].reason.startswith("cell B2 (`at`) is a formula without a stored result: open the workbook")
    assert bad[0].cells == {"person": "ann", "at": ""}


def test_many_rows_come_in_batches_with_numbers_that_go_on() -> None:
    data = by_xlsxwriter([["n"], *([n] for n in range(2500))], constant_memory=True)
    stream: Any = io.BufferedReader(io.BytesIO(data))
    batches = list(read_xlsx(stream, LogFormat(), None))
    assert [len(batch.numbers) for batch in batches] == [0, 1024, 1024, 452]
    assert [cell for batch in batches for cell in batch.columns["n"]] == list(range(2500))
    assert [n for batch in batches for n in batch.numbers] == list(range(1, 2501))


def test_a_workbook_is_recognised_by_its_beginning(tmp_path: Path) -> None:
    rows = [["person", "at"], ["ann", "2025-03-03T09:00:00Z"]]
    for data in (by_openpyxl(rows), by_xlsxwriter(rows)):
        assert is_workbook(data)
        assert not is_workbook(data[:40])
        assert not is_workbook(data.replace(b"xl/", b"wd/"))
        assert len(events(tmp_path, data, "export.dat")) == 1
    assert not any(map(is_workbook, (b"", b"PK", b"PK\x03\x04", b"person,at\n", b"PK\x03\x04" + bytes(80))))


@pytest.mark.parametrize("head", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"person,at\n"])
def test_what_is_no_workbook_is_an_error(tmp_path: Path, head: bytes) -> None:
    with pytest.raises(InputError, match=r"log.xlsx: (the workbook is encrypted|not a readable workbook)"):
        audit(tmp_path, head + bytes(600), "online")


def test_a_row_that_no_sheet_has_is_an_error(tmp_path: Path) -> None:
    data = changed(by_openpyxl([["person"], ["ann"]]), b'<row r="2"', b'<row r="99999999"')
    with pytest.raises(InputError, match="a row beyond 1,048,576"):
        rows_of(data)


def test_a_size_that_is_not_true_hides_no_row() -> None:
    rows = [["n"], [1], [2]]
    data = changed(by_openpyxl(rows), b'<dimension ref="A1:A3"', b'<dimension ref="A1:A2"')
    assert [row["n"] for row in rows_of(data)[0]] == [1, 2]


def test_the_reader_says_what_it_reads() -> None:
    assert XLSX_READER.suffixes == (".xlsx", ".xlsm")
    assert XLSX_READER.seeks
    assert [option.name for option in XLSX_READER.options] == ["sheet", "max-inflated-bytes", "max-elements"]
