"""Workbooks that are made to fill the memory, to keep a reader busy, or to read what they should not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import comity_workbook.plugin as plugin
import pytest
from comity_workbook.archive import Archive
from comity_workbook.budgets import (
    LEAST_BYTES,
    LEAST_ELEMENTS,
    MOST_COLUMNS,
    MOST_INFLATED,
    MOST_OTHERS,
    WorkbookBudgets,
)
from comity_workbook.reader import XLSX_READER, SheetTable, read_xlsx

from comity import Engine, InputError, Plugins, UsageError
from comity.readers import BadRow, LogFormat
from comity.testing import check_reader

xlsxwriter: Any = import_module("xlsxwriter")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPES}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Log" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="r3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>'
    ),
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>person</t></si><si><t>at</t></si></sst>',
}
HEAD = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
GOOD = (
    '<row r="%d"><c r="A%d" t="inlineStr"><is><t>ann</t></is></c>'
    '<c r="B%d" t="inlineStr"><is><t>2025-03-03T09:00:00Z</t></is></c></row>'
)


def good(row: int) -> str:
    return GOOD % (row, row, row)


def book(sheet: str | Iterable[bytes], **others: str | Iterable[bytes]) -> bytes:
    """Make a workbook of the XML of its rows; other parts by a word in their name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            given = next((others[word] for word in others if word in name), text)
            write(archive, name, [given.encode()] if isinstance(given, str) else given)
        prolog = others.get("prolog", "")
        assert isinstance(prolog, str)
        body = [sheet.encode()] if isinstance(sheet, str) else sheet
        begin = f'{prolog}<worksheet xmlns="{MAIN}"><sheetData>'.encode()
        write(archive, "xl/worksheets/sheet1.xml", (begin, *body, b"</sheetData></worksheet>"))
    return file.getvalue()


def write(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> None:
    with archive.open(name, "w", force_zip64=True) as part:
        for piece in pieces:
            part.write(piece)


def taken(data: bytes, **options: str) -> tuple[list[dict[str, Any]], list[BadRow]]:
    stream: Any = io.BufferedReader(io.BytesIO(data))
    log = LogFormat(options={name.replace("_", "-"): (value,) for name, value in options.items()})
    rows: list[dict[str, Any]] = []
    bad: list[BadRow] = []
    for batch in read_xlsx(stream, log, None):
        bad += batch.rejected
        rows += [
            {name: cells[place] for name, cells in batch.columns.items()}
            for place in range(len(batch.numbers))
        ]
    return rows, bad


def refused(data: bytes, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        taken(data, **options)
    return str(caught.value)


def test_the_workbook_of_these_tests_is_one() -> None:
    rows, bad = taken(book(HEAD + good(2) + good(3)))
    assert rows == [{"person": "ann", "at": "2025-03-03T09:00:00Z"}] * 2
    assert bad == []


@pytest.mark.parametrize("part", ["sheet", "sharedStrings", "styles"])
def test_a_part_that_inflates_without_end_is_an_error_that_names_the_budget(part: str) -> None:
    pieces = [b"<!--" + b"x" * (1 << 14) + b"-->"] * (LEAST_BYTES >> 14)
    if part == "sheet":
        data = book([HEAD.encode(), good(2).encode(), *pieces])
    else:
        tag = b"sst" if part == "sharedStrings" else b"styleSheet"
        data = book(
            HEAD + good(2), **{part: [b"<%b xmlns='%b'>" % (tag, MAIN.encode()), *pieces, b"</%b>" % tag]}
        )
    assert len(data) * MOST_INFLATED < LEAST_BYTES
    said = refused(data)
    assert said.startswith("the workbook inflates to more than 67,108,864 bytes: raise `max-inflated-bytes`")
    assert len(taken(data, max_inflated_bytes="200,000,000")[0]) == 1


@pytest.mark.parametrize(
    ("begin", "end"), [(b"<!--", b"-->"), (b"<a b='", b"'/>"), (b"<?a ", b"?>"), (b"<a", b"/>")]
)
def test_a_tag_or_comment_without_end_is_an_error(begin: bytes, end: bytes) -> None:
    data = book([HEAD.encode(), begin, *[b"x" * (1 << 20)] * 50, end])
    assert "has a tag or a comment of over 1,048,576 bytes" in refused(data)


def test_a_text_may_be_long() -> None:
    text = [b'<row r="2"><c r="A2" t="inlineStr"><is><t>', *[b"x" * (1 << 20)] * 3, b"</t></is></c></row>"]
    rows, bad = taken(book([HEAD.encode(), *text]))
    assert (len(rows[0]["person"]), bad) == (3 << 20, [])


def test_what_an_archive_says_too_little_of_is_not_read_beyond_that() -> None:
    data = book([HEAD.encode(), *[b" " * (1 << 20)] * 200])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = data.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    lying = lying.replace(size.to_bytes(8, "little"), (1000).to_bytes(8, "little"))
    assert lying != data
    assert "not a readable workbook" in refused(lying)


def test_the_archive_stops_at_the_budget_and_opens_nothing_further() -> None:
    stream: Any = io.BufferedReader(io.BytesIO(book(HEAD + good(2))))
    archive = Archive(stream, WorkbookBudgets(most_bytes=600))
    archive.read("_rels/.rels")
    archive.read("_rels/.rels")
    with pytest.raises(InputError, match="inflates to more than 600 bytes"):
        archive.read("[Content_Types].xml")


@pytest.mark.parametrize(
    "sheet",
    [
        [b"<row>" + b"<c/>" * 100 + b"</row>"] * (LEAST_ELEMENTS // 100),
        [b"<x/>" * 1000] * (LEAST_ELEMENTS // 900),
        [b'<row><c r="XFD%d"/></row>' % row for row in range(2, 3000)],
    ],
)
def test_more_elements_than_are_read_are_an_error_that_names_the_budget(sheet: list[bytes]) -> None:
    data = book([HEAD.encode(), *sheet])
    said = refused(data)
    assert said.startswith("the workbook has more than 1,000,000 elements: raise `max-elements`")
    assert refused(data, max_elements="50000").startswith("the workbook has more than 50,000 elements")


def test_formats_without_end_are_an_error() -> None:
    formats = [
        f'<styleSheet xmlns="{MAIN}"><cellXfs>'.encode(),
        b"<xf/>" * (MOST_OTHERS + 1),
        b"</cellXfs></styleSheet>",
    ]
    assert "`xl/styles.xml` has over 250,000 elements" in refused(book(HEAD, styles=formats))


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (f"{HEAD}<row r='2'>{'<c/>' * (MOST_COLUMNS + 1)}</row>", "row 2 has more than 16,384 cells"),
        (HEAD + '<row r="2"><c r="XFE2"/></row>', "the cell `XFE2` is beyond column XFD"),
        (HEAD + '<row r="2"><c r="ZZZZZZZ2"/></row>', "beyond column XFD"),
        (HEAD + '<row r="2"><c r="²"/></row>', "or no cell"),
        (HEAD + '<row r="2"><c r="2"/></row>', "or no cell"),
        (HEAD + '<row r="2"><c r="B2"/><c r="A2"/></row>', "the cell `A2` is not in the order of cells"),
        (HEAD + '<row r="2"><c r="B2"/><c r="B2"/></row>', "the cell `B2` is not in the order of cells"),
        (HEAD + good(5) + good(3), "the row `3` comes after row 5"),
        (HEAD + good(5) + good(5), "the row `5` comes after row 5"),
        (HEAD + '<row r="1048577"/>', "a row beyond 1,048,576"),
        (HEAD + f'<row r="{"9" * 5000}"/>', "a row beyond 1,048,576"),
        (HEAD + '<row r="²"/>', "the row `²` comes after row 1"),
    ],
)
def test_what_no_sheet_can_have_is_an_error_and_hides_no_row(sheet: str, said: str) -> None:
    assert said in refused(book(sheet))


def test_the_last_column_and_the_last_row_are_read() -> None:
    sheet = HEAD.replace("</row>", '<c r="XFD1" t="str"><v>last</v></c></row>') + good(1048576)
    rows, bad = taken(book(sheet))
    assert (len(rows), bad) == (1, [])
    assert rows[0]["last"] == ""


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="B3" t="d"><v>2025-99-99T00:00:00</v></c>', "`2025-99-99T00:00:00`"),
        ('<c r="B3" t="d"><v>soon</v></c>', "`soon`"),
        ('<c r="B3" s="1"><v>soon</v></c>', "`soon`"),
        ('<c r="B3" s="1"><v>99999999999</v></c>', "the error `#VALUE!`"),
        ('<c r="B3" s="1"><v>1e400</v></c>', "the error `#VALUE!`"),
        ('<c r="B3"><v>²</v></c>', "`²`"),
        (f'<c r="B3"><v>{"9" * 5000}</v></c>', "`" + "9" * 60 + "`"),
        ('<c r="B3" t="s"><v>77</v></c>', "`77`"),
        ('<c r="B3" t="b"><v>maybe</v></c>', "`maybe`"),
        ('<c r="B3" s="x"><v>1</v></c>', "`1`"),
    ],
)
def test_a_bad_cell_rejects_its_row_and_says_where_it_is(cell: str, shown: str) -> None:
    bad_row = f'<row r="3"><c r="A3" t="inlineStr"><is><t>bob</t></is></c>{cell}</row>'
    data = book(HEAD + good(2) + bad_row + good(4))
    rows, bad = taken(data)
    assert [row["person"] for row in rows] == ["ann", "ann"]
    assert [row.number for row in bad] == [2]
    assert bad[0].reason.startswith(f"cell B3 (`at`) is {shown}")
    aside = data if "B3" not in cell else book(HEAD + good(2) + bad_row.replace("B3", "C3") + good(4))
    assert len(taken(aside)[0]) == 3


def test_a_date_of_a_format_that_is_not_there_is_read() -> None:
    rows, _ = taken(
        book(HEAD + good(2) + '<row r="3"><c r="B3" t="d" s="99"><v>2025-03-03T00:00:00</v></c></row>')
    )
    assert str(rows[1]["at"]).startswith("2025-03-03")


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
        '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE l [<!ENTITY % a SYSTEM "http://example.org/a.dtd"> %a;]>',
        '<!DOCTYPE l SYSTEM "file:///etc/passwd">',
        "<!DOCTYPE l>",
    ],
)
def test_entities_are_refused_before_they_are_read(prolog: str) -> None:
    said = refused(book(HEAD + good(2).replace(">ann<", ">&a;<"), prolog=prolog))
    assert said == "not a readable workbook: `xl/worksheets/sheet1.xml` has a document type, which none has"
    other = prolog + PARTS["xl/sharedStrings.xml"].replace(">at<", ">&a;<")
    assert "`xl/sharedStrings.xml` has a document type" in refused(book(HEAD, sharedStrings=other))


def test_names_that_climb_out_of_the_archive_are_names_and_no_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path.parent / "outside.xml").write_text(
        f'<worksheet xmlns="{MAIN}"><sheetData>{HEAD}{good(2)}</sheetData></worksheet>'
    )
    for target in ("../../../outside.xml", "/../outside.xml", str(tmp_path.parent / "outside.xml")):
        rels = PARTS["xl/_rels/workbook.xml.rels"].replace("worksheets/sheet1.xml", target)
        try:
            rows, _ = taken(book(HEAD, **{"_rels/workbook": rels}))
        except InputError:
            rows = []
        assert rows == []
    file = io.BytesIO(book(HEAD + good(2)))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../../slip.txt", "x")
        archive.writestr("/tmp/slip.txt", "x")
    before = sorted(tmp_path.parent.rglob("*"))
    assert len(taken(file.getvalue())[0]) == 1
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_header_of_many_equal_names_is_counted_once() -> None:
    class Counted(list[str]):
        """Names that must not be counted one by one."""

        def count(self, value: str) -> int:
            raise AssertionError

    names = Counted(["person", "at", *["same"] * 16_000])
    table = SheetTable(names, None, strict=False)
    assert table.batch([]).repeated == {"same"}


@pytest.mark.parametrize("said", ["much", "0", "-5", "²", "9" * 5000])
def test_a_budget_that_is_no_number_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match=r"`max-elements` is `.*`: a whole number"):
        taken(book(HEAD), max_elements=said)


def test_an_ordinary_workbook_is_far_from_every_budget(tmp_path: Path) -> None:
    file = io.BytesIO()
    writer = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = writer.add_worksheet()
    sheet.write_row(0, 0, ["person", "at", "kind", "outcome", "actor"])
    for row in range(1, 4001):
        sheet.write_row(row, 0, ["the same", "2025-03-03T09:00:00Z", "call", "busy", 7])
    writer.close()
    data = file.getvalue()
    stream: Any = io.BufferedReader(io.BytesIO(data))
    archive = Archive(stream, WorkbookBudgets())
    for name in archive.namelist():
        archive.read(name)
    assert archive._inflated < len(data) * MOST_INFLATED / 2
    assert archive._seen < len(data)
    path = tmp_path / "log.xlsx"
    path.write_bytes(data)
    policy = {
        "comity": 1,
        "policy": {"id": "p", "title": "P", "version": "1"},
        "rules": {"no": {"kind": "forbidden", "contact": {}}},
    }
    engine = Engine.of(policy, plugins=Plugins([plugin]))
    assert engine.audit(engine.log(path)).summary.events == 4000


def test_spoilt_workbooks_are_accounted_for() -> None:
    file = io.BytesIO()
    writer = xlsxwriter.Workbook(file)
    sheet = writer.add_worksheet()
    for row, cells in enumerate((("person", "at"), ("ann", "2025-03-03T09:00:00Z"), ("bob", 45000.5))):
        sheet.write_row(row, 0, cells)
    writer.close()
    check_reader(XLSX_READER, file.getvalue(), 2, rejected=1, spoil=100)
