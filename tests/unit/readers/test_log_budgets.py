"""Budgets of logs: what a small file from a stranger may ask for, on each way that logs are read."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Callable
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity import Engine, InputError, LogBudgets, Plugins, Report, UsageError
from comity.budgets import DEFAULT_LOG_BUDGETS, read_budgets
from comity.cli.main import BAD_INPUT, cli, guarded
from comity.errors import OUT_OF_MEMORY
from comity.readers import Mapping, load_mapping
from comity.readers.formats import csv_cut
from comity.readers.formats.text import bounded
from comity.readers.sources.find_sources import find_sources
from comity.testing.plugin_of import plugin_of

POLICY = """comity = 1
[policy]
id = "none"
title = "None"
version = "1"
[rules.none]
kind = "forbidden"
contact = {}
"""
HEAD = "person,at,note\n"
ROW = "ann,2025-05-05T10:00:00Z,{0}\n"
Audit = Callable[..., Report]


@pytest.fixture(params=["online", "columnar"])
def audit(request: pytest.FixtureRequest, tmp_path: Path) -> Audit:
    """Audit a log that is given as octets or text, within budgets."""
    engine = Engine.of(POLICY)

    def run(content: str | bytes, name: str = "log.csv", **budgets: int) -> Report:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return engine.audit(engine.log(path, budgets=LogBudgets(**budgets)), engine=request.param)

    return run


def refused(audit: Audit, budget: str, *given: Any, **budgets: int) -> str:
    with pytest.raises(InputError, match=f"more than the budget `{budget}`") as error:
        audit(*given, **budgets)
    said = str(error.value)
    assert "\n" not in said
    assert f"--budget {budget}=NUMBER" in said
    return said


def zstd(raw: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(raw)
    made: bytes = sink.getvalue().to_pybytes()
    return made


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.csv", HEAD.encode() + b"\n" * 3_000_000),
        ("log.jsonl", b"\n" * 3_000_000),
        ("log.json", b"[" + b" " * 3_000_000 + b"]"),
        ("log.parquet", b"PAR1" + bytes(3_000_000)),
    ],
)
def test_what_is_nothing_but_repetition_stops_at_the_budget(
    audit: Audit, name: str, content: bytes, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(content)
    said = refused(audit, "ratio", packed, name, unpacked=100_000, ratio=50)
    assert "more than 100,000 bytes (the budget `unpacked`) inside" in said


def test_an_ordinary_log_may_be_packed_however_long_it_is(audit: Audit) -> None:
    rows = "".join(ROW.format(f"{n * 7919 % 10007} {n}") for n in range(4000))
    for pack in (gzip.compress, zstd):
        report = audit(pack((HEAD + rows).encode()), unpacked=1000, ratio=60)
        assert report.summary.events == 4000
    assert audit(HEAD + ROW.format("x") * 4000, unpacked=1000, ratio=1).summary.events == 4000


def test_standard_input_is_held_to_the_budgets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("none.toml").write_text(POLICY)
    Path("bomb").write_bytes(gzip.compress(HEAD.encode() + b"\n" * 20_000_000))
    with Path("bomb").open() as bomb:
        monkeypatch.setattr("sys.stdin", bomb)
        arguments = ["audit", "-", "--policy", "none.toml"]
        assert guarded(lambda: cli.main(arguments, standalone_mode=False)) == BAD_INPUT
    assert "more than the budget `ratio`, 200" in capsys.readouterr().err
    with Path("/dev/zero").open() as endless:
        monkeypatch.setattr("sys.stdin", endless)
        assert guarded(lambda: cli.main(arguments, standalone_mode=False)) == BAD_INPUT
    assert capsys.readouterr().err == "comity: -: cannot be read: is a device, not a file or a pipe\n"


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_a_line_that_does_not_end_is_an_error(audit: Audit, name: str) -> None:
    row = ROW.format("x") if name == "log.csv" else json.dumps({"person": "a", "at": "2025-05-05"}) + "\n"
    head = HEAD if name == "log.csv" else ""
    said = refused(audit, "line", head + row + "y" * 90_000 + "\n" + row, name, line=50_000)
    assert f"the line that begins at byte {len(head + row)}" in said
    # A line of just so many bytes, its end included, is none too many.
    fits = head + row + row[:-1] + " " * (1000 - len(row)) + "\n" + row
    assert audit(fits, name, line=1000).summary.rows_read == 3
    refused(audit, "line", fits, name, line=999)


@pytest.mark.parametrize("size", [1, 7, 4096, 100_000])
@pytest.mark.parametrize("most", [3, 50, 5000])
def test_lines_are_bounded_whatever_is_read_at_a_time(size: int, most: int) -> None:
    class Slow(BytesIO):
        def readinto(self, buffer: Any) -> int:
            return super().readinto(memoryview(buffer)[:size])

    def read(raw: bytes) -> bytes:
        return bounded(BufferedReader(Slow(raw)), most).read()

    ends = (b"\n", b"\r\n", b"\r")
    for end in ends:
        fits = (b"x" * (most - len(end)) + end) * 3 + b"x" * most
        assert read(fits) == fits
        for long in (fits + b"x", b"ab" + end + b"x" * (most + 1) + end, b"x" * (most + 1)):
            with pytest.raises(InputError, match="budget `line`"):
                read(long)


def test_a_cell_that_is_too_long_is_one_rejected_row(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        ROW.format("x" * 100),
        ROW.format("y" * 101),
        ROW.format(""),
        "z" * 101 + ",,\n",
        ROW.format('"q"'),
    ]
    report = audit(HEAD + "".join(rows), cell=100)
    assert [rejection.row for rejection in report.rejections] == [2, 4]
    assert "more than the budget `cell`, 100" in report.rejections[0].reason
    assert report.summary.events == 3
    quoted = HEAD + ROW.format("a") * 3 + ROW.format('"' + "long\n" * 30 + '"') + ROW.format("b") * 2
    report = audit(quoted, cell=100)
    assert report.summary.events == 5
    assert report.rejections[0].row == 4
    assert "`cell`" in report.rejections[0].reason
    # Python's own limit, which is one for all, does not decide.
    monkeypatch.setattr(csv, "field_size_limit", lambda *_: 1 << 40)
    assert [rejection.row for rejection in audit(HEAD + "".join(rows), cell=100).rejections] == [2, 4]


def test_a_quote_that_is_never_closed_is_not_held_to_the_end(audit: Audit) -> None:
    text = HEAD + 'ann,2025-05-05T10:00:00Z,"open\n' + ROW.format("x") * 2000
    report = audit(text, cell=1000)
    assert report.summary.events == 2000
    assert report.summary.rows_rejected == 1
    assert "`cell`" in report.rejections[0].reason


def test_the_longest_row_is_found() -> None:
    assert csv_cut.longest_row(bytearray(b"ab\ncdef\ng")) == 5
    assert csv_cut.longest_row(bytearray(b'a,"b\nc"\nd\n')) == 8
    assert csv_cut.longest_row(bytearray(b"abcdefgh")) == 9


@pytest.mark.parametrize("name", ["log.csv", "log.tsv", "log.parquet"])
def test_columns_have_a_budget(audit: Audit, name: str) -> None:
    names = ["person", "at", *(f"c{n}" for n in range(40))]
    cells = ["ann", "2025-05-05T10:00:00Z", *[""] * 40]
    if name == "log.parquet":
        sink = BytesIO()
        pq.write_table(pa.table({key: [cell] for key, cell in zip(names, cells, strict=True)}), sink)
        content = sink.getvalue()
    else:
        sign = "," if name == "log.csv" else "\t"
        content = f"{sign.join(names)}\n{sign.join(cells)}\n".encode()
    assert audit(content, name, columns=42).summary.events == 1
    assert "there are 42 columns" in refused(audit, "columns", content, name, columns=41)


@pytest.mark.parametrize("name", ["log.jsonl", "log.json"])
def test_an_object_with_too_many_keys_is_one_rejected_row(audit: Audit, name: str) -> None:
    good = {"person": "ann", "at": "2025-05-05T10:00:00Z"}
    rows: list[dict[str, Any]] = [good, {**good, **{f"k{n}": n for n in range(30)}}, good]
    # Rows with few keys each, nearly all of them others, are read, too.
    rows += [{**good, f"own{n}": 1, f"further{n}": 2} for n in range(200)]
    lines = [json.dumps(row) for row in rows]
    text = "[" + ",".join(lines) + "]" if name == "log.json" else "\n".join(lines)
    report = audit(text, name, columns=20)
    assert report.summary.events == 202
    (rejection,) = report.rejections
    assert (rejection.row, rejection.reason.startswith("the object has 32 keys")) == (2, True)


def test_100_000_columns_do_no_harm(audit: Audit) -> None:
    names = [f"c{n}" for n in range(100_000)]
    for header in (names, ["c"] * len(names)):
        row = f"ann,2025-05-05T10:00:00Z{',' * len(names)}\n"
        refused(audit, "columns", f"person,at,{','.join(header)}\n{row}")
        few = header[:9000]
        content = f"person,at,{','.join(few)}\nann,2025-05-05T10:00:00Z{',' * len(few)}\n"
        assert audit(content).summary.events == 1


def good_and(bad: str, name: str) -> str:
    good = '{"person": "ann", "at": "2025-05-05T10:00:00Z", "outcome": "answered"}'
    return f"[{good}, {bad} ,{good}]" if name == "log.json" else f"{good}\n{bad}\n{good}\n"


@pytest.mark.parametrize("name", ["log.jsonl", "log.json"])
@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('{"person": "ann", "at": ' + "9" * 5000 + "}", "more than 4,300 digits"),
        (
            '{"person": "ann", "x": {"y": "]}", "z": ' + "[" * 5000 + '"\\"]"' + "]" * 5000 + "}}",
            "too deeply",
        ),
        ("9" * 5000, "more than 4,300 digits"),
        ("[" * 5000 + "]" * 5000, "too deeply"),
        ('{"person": "ann", "at": ' + "9" * 4000 + "}", "is not a date and time"),
        (
            '{"person": "ann", "at": "2025-05-05T10:00:00Z", "id": ' + "[" * 300 + "]" * 300 + "}",
            "`id` is a list",
        ),
    ],
)
def test_a_row_that_python_cannot_read_is_one_rejected_row(
    audit: Audit, name: str, bad: str, said: str
) -> None:
    report = audit(good_and(bad, name), name)
    assert report.summary.events == 2
    (rejection,) = report.rejections
    assert (rejection.row, said in rejection.reason) == (2, True)


@pytest.mark.parametrize("name", ["log.jsonl", "log.json"])
def test_nested_values_have_a_budget(tmp_path: Path, name: str) -> None:
    engine = Engine.of(
        POLICY.replace("contact = {}", 'contact = { tree = { not = "x" } }') + '[attributes]\ntree = "text"\n'
    )
    bad = '{"person": "ann", "at": "2025-05-05T10:00:00Z", "tree": ' + '[{"a": ' * 4 + "1" + "}]" * 4 + "}"
    path = tmp_path / name
    path.write_text(good_and(bad, name))
    for back_end in ("online", "columnar"):
        assert engine.audit(engine.log(path, budgets=LogBudgets(depth=8)), engine=back_end).complete
        report = engine.audit(engine.log(path, budgets=LogBudgets(depth=7)), engine=back_end)
        (rejection,) = report.rejections
        assert rejection.row == 2
        assert (
            "8 lists and objects are inside each other: more than the budget `depth`, 7" in rejection.reason
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2", "expecting ',' delimiter at line 1, column 6"),
        ("[1,, 2]", "expecting value at line 1, column 4"),
        ("[1] 2", "extra data at line 1, column 5"),
        ("[" * 5000, "is not closed"),
        ('["' + "[" * 3000, "unterminated string"),
        ("[" + '{"a":' * 3000 + "\n", "is not closed"),
    ],
)
def test_arrays_that_are_none_are_told_with_their_place(audit: Audit, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        audit(text, "log.json")


@pytest.mark.parametrize("marks", [2, 3])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log.json"])
def test_marks_before_marks_are_passed_over_and_told(
    audit: Audit, name: str, marks: int, encoding: str
) -> None:
    row = '{"person": "ann", "at": "2025-05-05T10:00:00Z"}'
    text = {"log.csv": HEAD + ROW.format("x"), "log.jsonl": row, "log.json": f"[{row}]"}[name]
    if name != "log.csv" and encoding != "utf-8":
        return
    report = audit(("\ufeff" * marks + text).encode(encoding), name)
    (finding,) = report.findings
    assert finding.person == "ann"
    (notice,) = [notice for notice in report.notices if notice.code == "byte-order-marks"]
    assert notice.count == marks
    once = audit(("\ufeff" + text).encode(encoding), name)
    assert not any(notice.code == "byte-order-marks" for notice in once.notices)


def test_a_mark_inside_of_a_log_is_no_mark(audit: Audit) -> None:
    report = audit(HEAD + "\ufeff" + ROW.format("x") * 2)
    assert [finding.person for finding in report.findings] == ["ann", "ann"]
    assert [notice.count for notice in report.notices if notice.code == "invisible-characters"] == [1]


@pytest.mark.parametrize(
    "place",
    ["comity.readers.formats.csv_rows.CsvSheet.batch", "comity.readers.sources.source.LogInput._file"],
)
def test_lack_of_memory_is_an_input_error_in_the_same_words(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def fails(*_: object, **__: object) -> Any:
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr(place, fails)
    with pytest.raises(InputError, match=f"^{OUT_OF_MEMORY}$"):
        audit(HEAD + ROW.format("x"))


def test_a_reader_is_told_of_the_budgets(tmp_path: Path) -> None:
    from comity.readers import LogFormat, Reader

    seen: list[LogBudgets] = []

    def read(stream: BufferedReader, log: LogFormat, wanted: object) -> Any:
        seen.append(log.budgets)
        return iter(())

    (tmp_path / "log.odd").write_text("x")
    engine = Engine.of(POLICY, plugins=Plugins([plugin_of(readers=[Reader("odd", (".odd",), read)])]))
    for budgets in (LogBudgets(), LogBudgets(cell=5)):
        engine.audit(engine.log(tmp_path / "log.odd", budgets=budgets), engine="online")
        assert seen.pop() == budgets
    assert Mapping(1).log.budgets == DEFAULT_LOG_BUDGETS


def test_a_mapping_file_raises_no_budget(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text("comity = 1\n[log]\nbudgets = { line = 5 }\n")
    with pytest.raises(Exception, match="unknown key `budgets`"):
        load_mapping(path)


def test_budgets_of_logs_are_read_from_texts_beside_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert read_budgets({"line": "5", "rules": "3"}, LogBudgets, ["rules"]) == LogBudgets(line=5)
    with pytest.raises(UsageError, match="did you mean `columns`"):
        read_budgets({"column": "5"}, LogBudgets)
    with pytest.raises(UsageError, match="above zero"):
        read_budgets({"depth": "0"}, LogBudgets)
    monkeypatch.chdir(tmp_path)
    Path("none.toml").write_text(POLICY)
    Path("log.csv").write_text(HEAD + ROW.format("x"))

    def comity(*arguments: str) -> int:
        return guarded(lambda: cli.main(list(arguments), standalone_mode=False))

    audited = ("audit", "log.csv", "--policy", "none.toml", "--budget")
    assert comity(*audited, "columns=2") == BAD_INPUT
    assert "there are 3 columns: more than the budget `columns`, 2" in capsys.readouterr().err
    assert comity(*audited, "columns=3", "--budget", "rules=1") == 1
    capsys.readouterr()
    assert comity("test", "none.toml", "--budget", "columns=3") == 2
    assert "there is no budget `columns`" in capsys.readouterr().err


def test_globs_and_folders_pass_over_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    (tmp_path / "b.csv").symlink_to("/dev/zero")
    (tmp_path / "c.csv").write_text(HEAD)
    (tmp_path / "d.csv").symlink_to("nowhere")
    os.mkfifo(tmp_path / "e.parquet")
    assert [Path(s.name).name for s in find_sources([str(tmp_path / "*.csv")])] == ["c.csv", "d.csv"]
    with pytest.raises(InputError, match="it has no Parquet files"):
        find_sources([tmp_path])
    pq.write_table(pa.table({"x": [1]}), tmp_path / "f.parquet")
    assert [Path(s.name).name for s in find_sources([tmp_path])] == ["f.parquet"]
    engine = Engine.of(POLICY)
    for device in ("/dev/zero", tmp_path / "b.csv"):
        with pytest.raises(InputError, match="cannot be read: is a device"):
            engine.audit(device)
    for name, said in (("x" * 5000, "file name too long"), ("a\0b", "NUL")):
        with pytest.raises(InputError, match=said) as error:
            engine.audit(name)
        assert len(str(error.value)) < 700
