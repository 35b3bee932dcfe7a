"""Columns that stand for fields under another spelling; keys of mappings that nothing reads; hints."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity import Engine, InputError, Report, UsageError
from comity.readers import FieldRule, Mapping

POLICY = """comity = 1
[policy]
id = "p"
title = "A policy"
version = "1.0"
[attributes]
debt-size = "number"
[rules.r]
kind = "forbidden"
contact = { kind = "call", direction = "outbound", debt-size = { at-least = 5 } }
"""
ROWS = [
    ("ann", "2025-01-01T10:00:00Z", "call", "Outbound", "7"),
    ("bob", "2025-01-01T11:00:00Z", "call", "Inbound", "8"),
    ("cem", "2025-01-01 12:00", "call", "Outbound", "4"),
    ("dee", "2025-01-01T13:00:00Z", "call", "Outbound", "9"),
]
NAMES = ("Person", "AT", "Kind", "direction ", "Debt_Size")


def csv_text(names: tuple[str, ...], delimiter: str = ",") -> str:
    lines = [names, *ROWS]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def write(folder: Path, form: str, names: tuple[str, ...] = NAMES) -> Path:
    names = tuple(name.strip() for name in names)
    objects = [dict(zip(names, row, strict=True)) for row in ROWS]
    path = folder / f"log.{form}"
    match form:
        case "csv":
            path.write_text(csv_text(names))
        case "csv.gz":
            path.write_bytes(gzip.compress(csv_text(names).encode()))
        case "jsonl":
            path.write_text("".join(json.dumps(each) + "\n" for each in objects))
        case "json":
            path.write_text(json.dumps(objects))
        case "parquet":
            pq.write_table(pa.Table.from_pylist(objects), path)
    return path


def audit(path: Path, back_end: Any, mapping: Mapping | None = None) -> Report:
    engine = Engine.of(POLICY)
    return engine.audit(engine.log(path, mapping=mapping, timezone="UTC"), engine=back_end)


@pytest.fixture(params=["online", "columnar"])
def back_end(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("form", ["csv", "csv.gz", "jsonl", "json", "parquet"])
def test_columns_are_taken_by_name_however_they_are_spelled(form: str, back_end: Any, tmp_path: Path) -> None:
    report = audit(write(tmp_path, form), back_end)
    assert [(f.person, f.event) for f in report.findings] == [("ann", "#1"), ("dee", "#4")]
    assert report.summary.rows_rejected == 0
    (told,) = [notice for notice in report.notices if notice.code == "column-taken"]
    assert told.count == 4
    assert "`Person` as `person`" in told.message
    assert "`Debt_Size` as `debt-size`" in told.message
    assert not [notice for notice in report.notices if notice.code == "column-missing"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_column_beside_the_one_of_the_field_is_left_alone(form: str, back_end: Any, tmp_path: Path) -> None:
    path = write(tmp_path, form, ("person", "at", "Kind", "KIND", "debt-size"))
    report = audit(path, back_end)
    assert {signature[0] for signature in report.summary.census.signatures} == {"contact"}
    (told,) = [notice for notice in report.notices if notice.code == "column-ignored"]
    assert told.message == "the columns `Kind` and `KIND` could both be `kind`, and neither was taken"
    assert told.help == "name the right one with --map kind=COLUMN"
    report = audit(write(tmp_path, form, ("person", "at", "kind", "KIND", "debt-size")), back_end)
    assert {signature[0] for signature in report.summary.census.signatures} == {"call"}
    assert not [notice for notice in report.notices if notice.code.startswith("column")]


def test_a_column_that_the_mapping_names_stands_for_nothing_else(back_end: Any, tmp_path: Path) -> None:
    path = write(tmp_path, "csv", ("Person", "at", "kind", "direction", "debt-size"))
    with pytest.raises(InputError, match="has no column `person`"):
        audit(path, back_end, Mapping(1, fields={"actor": FieldRule("Person")}))
    path = write(tmp_path, "csv", ("Person", "PERSON", "at", "kind", "debt-size"))
    with pytest.raises(InputError, match="`Person` and `PERSON` could both be it"):
        audit(path, back_end)


def test_an_attribute_without_a_column_is_told(back_end: Any, tmp_path: Path) -> None:
    path = write(tmp_path, "csv", ("person", "at", "kind", "direction", "amount"))
    report = audit(path, back_end)
    (told,) = [notice for notice in report.notices if notice.code == "column-missing"]
    assert (told.example, told.count) == ("debt-size", 1)
    assert told.message.startswith("the log has no column `debt-size`, which the policies read")
    engine = Engine.of(POLICY)
    other = tmp_path / "other.csv"
    other.write_text("person,at,debt-size\na,2025-01-01T00:00:00Z,3\n")
    report = engine.audit(engine.log(path, other, timezone="UTC"), engine=back_end)
    (told,) = [notice for notice in report.notices if notice.code == "column-missing"]
    assert f"1 of the log's files (`{path}`) has no column `debt-size`" in told.message


@pytest.mark.parametrize(
    ("key", "meant"),
    [("kidn", "kind"), ("Chanel", "channel"), ("debt_size", "debt-size"), ("Matter", "matter")],
)
def test_a_key_that_is_a_slip_is_refused(key: str, meant: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"gives `{key}`, .* did you mean `{meant}`"):
        audit(write(tmp_path, "csv"), "online", Mapping(1, fields={key: FieldRule(value="x")}))


def test_other_keys_that_nothing_reads_are_told(back_end: Any, tmp_path: Path) -> None:
    fields = {"limit": FieldRule(value="2"), "duration": FieldRule("AT"), "reason": FieldRule("Kind")}
    fields |= {"kind": FieldRule("Kind"), "at": FieldRule("AT")}
    report = audit(write(tmp_path, "csv"), back_end, Mapping(1, fields=fields))
    (told,) = [notice for notice in report.notices if notice.code == "column-ignored"]
    assert told.message == "the mapping gives `limit`, `duration`, `reason`, which no policy reads"


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("version,Recipient,when", "1,jo@post.example,2025-01-01", "`Recipient` holds addresses"),
        ("reason,Caller,when", "x,(202) 555-0147,1", "`Caller` holds phone numbers"),
        ("season,Client,when", "x,Kim Tan,1", "`Client` holds names"),
        (
            "source,target,n",
            "a@b.example,+33 1 99 00 12 34,1",
            "`source` holds addresses; `target` holds phone",
        ),
    ],
)
def test_columns_are_offered_by_what_they_hold(
    header: str, row: str, said: str, back_end: Any, tmp_path: Path
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"{header}\n{row}\n{row}\n")
    with pytest.raises(InputError) as error:
        audit(path, back_end)
    assert f"no mapping says which one it is: {said}" in str(error.value)
    assert "name the right one with --map person=COLUMN; the columns are" in str(error.value)
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize(
    "time",
    [
        "2025-01-01 10:00",
        "3/7/2025 2:05 PM",
        "07.03.2025",
        "Mar 7, 2025 09:00 am",
        "7 mars 2025",
        "20250307T10",
    ],
)
def test_columns_of_dates_are_offered(time: str, back_end: Any, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f'person,attendee,Sent,count\na,b,"{time}",1\n')
    with pytest.raises(InputError, match="`Sent` holds dates: name the right one with --map at=COLUMN"):
        audit(path, back_end)


def test_nothing_is_offered_for_its_spelling(back_end: Any, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("ApiVersion,reason,at\n2010-04-01,paid,2025-01-01T00:00:00Z\n")
    with pytest.raises(InputError, match="no mapping says which one it is: the columns are `ApiVersion`"):
        audit(path, back_end)
