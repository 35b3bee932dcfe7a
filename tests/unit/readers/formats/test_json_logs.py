from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Read

from comity import Engine
from comity.errors import InputError
from comity.readers import FieldRule

T = "2025-03-01T09:30:00Z"


def lines(*rows: object) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


def test_values_of_json(read: Read) -> None:
    row = {
        "person": 17,
        "at": T,
        "matter": ["a", " b ", "a", "", 3],
        "score": 2.5,
        "ok": True,
        "no": None,
        "nested": {"a": [1, "é"]},
        "text": " x ",
        "actor": None,
        "nan": float("nan"),
        "zero": 0,
        "off": False,
    }
    result = read(lines(row), "log.jsonl")
    event = result.events[0]
    assert event.person == "17"
    assert event.matter == ("a", "b", "3")
    assert event.actor is None
    assert event.attributes == {
        "score": 2.5,
        "nan": "NaN",
        "ok": True,
        "nested": '{"a":[1,"é"]}',
        "text": "x",
        "zero": 0,
        "off": False,
    }
    assert event.attributes["ok"] is True


def test_bad_lines_are_rejected_each(read: Read) -> None:
    good = {"person": "a", "at": T}
    deep = "[" * 200_000 + "]" * 200_000
    result = read(
        lines(good, "", "{", "  ", "[1]", "null", good, deep, '{"person": "\\ud800", "at": "x"}', "1" * 5000),
        "log.ndjson",
    )
    assert [event.label for event in result.events] == ["#1", "#5"]
    reasons = result.reasons
    assert reasons[2].startswith("not valid JSON: expecting property name")
    assert reasons[3] == "is a list, not an object"
    assert reasons[4] == "is null, not an object"
    assert "nested too deeply" in reasons[6]
    assert "lone surrogate U+D800" in reasons[7]
    assert reasons[8] == "not read: a whole number has more than 4,300 digits"


def test_fields_that_are_no_text_are_rejected(read: Read) -> None:
    rows = [
        {"person": ["a"], "at": T},
        {"person": {"a": 1}, "at": T},
        {"person": "a", "at": T, "matter": [["x"]]},
        {"person": "a", "at": T, "direction": True},
        {"person": "a", "at": 1740821400},
        {"person": "a", "at": T, "timezone": ["Europe/Paris", "+01:00"]},
    ]
    result = read(lines(*rows), "log.jsonl")
    assert result.events[0].timezone == "Europe/Paris +01:00"
    assert result.reasons[1] == "`person` is a list, not text"
    assert result.reasons[2] == "`person` is an object, not text"
    assert "`matter` is a list" in result.reasons[3]
    assert "`true` is not a direction" in result.reasons[4]
    assert "`1740821400` is a number: state its unit" in result.reasons[5]


def test_the_last_of_two_equal_keys_wins(read: Read) -> None:
    assert read(f'{{"person": "a", "person": "b", "at": "{T}"}}', "log.jsonl").events[0].person == "b"


def test_matters_may_be_lists_and_texts(read: Read) -> None:
    rows = [{"person": "a", "at": T, "matter": m} for m in (["x;y"], "x;y", None, 5)]
    result = read(lines(*rows), "log.jsonl")
    assert [event.matter for event in result.events] == [("x;y",), ("x", "y"), (), ("5",)]


def test_numbers_as_times(read: Read) -> None:
    rows = [{"person": "a", "t": t} for t in (1740821400, 1740821400.25, "1740821400", True, -1.5, 1.7e9)]
    result = read(lines(*rows), "log.jsonl", fields={"at": FieldRule("t", format="unix")})
    assert [event.at for event in result.events] == [
        1740821400_000000,
        1740821400_250000,
        1740821400_000000,
        -1_500000,
        1700000000_000000,
    ]
    assert "`true` is not a Unix time" in result.reasons[4]


def test_a_very_long_line(read: Read) -> None:
    row = {"person": "a", "at": T, "note": "x" * 10_000_000}
    result = read(lines(row, {"person": "b", "at": T}), "log.jsonl")
    assert [event.person for event in result.events] == ["a", "b"]


def test_an_array_of_objects(read: Read) -> None:
    text = json.dumps([{"person": "a", "at": T}, 5, {"person": "b", "at": T}], indent=1)
    result = read(text, "log.json")
    assert [event.label for event in result.events] == ["#1", "#3"]
    assert result.reasons == {2: "is a number, not an object"}
    assert read("[]", "log.json").tally.rows_read == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a": 1},\n 2 3]', r"log\.json: not valid JSON: expecting ',' delimiter at line 2, column 4"),
        ("", "not valid JSON: expecting value at line 1"),
        ('{"calls": []}', "the JSON is an object, not an array of objects"),
        ("5", "the JSON is a number"),
        ('{"a": 1}\n{"a": 2}', "the format is jsonl"),
        ("[" * 200_000, "nested too deeply"),
        ("1" * 5000, "more than 4,300 digits"),
    ],
)
def test_json_that_cannot_be_read(read: Read, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(text, "log.json")


def test_a_column_that_no_row_has(read: Read) -> None:
    text = lines({"persons": "a", "at": T}, {"persons": "a", "at": T})
    with pytest.raises(InputError, match=r"has no column `person`.*did you mean `persons`"):
        read(text, "log.jsonl")
    with pytest.raises(InputError, match="`x`, which the mapping names for `actor`"):
        read(lines({"person": "a", "at": T}), "log.jsonl", fields={"actor": FieldRule("x")})
    rows = lines({"person": "a", "at": T}, {"person": "a", "at": T, "x": "1"})
    assert [e.actor for e in read(rows, "log.jsonl", fields={"actor": FieldRule("x")}).events] == [None, "1"]


def test_bytes_that_are_no_utf8(read: Read) -> None:
    text = lines({"person": "a", "at": T, "n": "é"}).replace("\\u00e9", "é").encode("latin-1")
    assert "byte 0xe9 is not UTF-8" in read(text, "log.jsonl").reasons[1]
    assert read(text, "log.jsonl", attributes=[]).tally.events == 1


@pytest.mark.parametrize("name", ["log.jsonl", "log.json"])
@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_numbers_that_are_none_do_not_read_and_are_shown_as_written(
    tmp_path: Path, name: str, back_end: str
) -> None:
    values = ("1e400", "-1e999", "NaN", "Infinity", "2.5", "1e3")
    rows = [f'{{"person": "p{n}", "at": "2025-03-10T10:00:00Z", "score": {v}}}' for n, v in enumerate(values)]
    rows.append('{"person": NaN, "at": "2025-03-10T10:00:00Z"}')
    path = tmp_path / name
    path.write_text("\n".join(rows) if name.endswith("l") else f"[{','.join(rows)}]")
    engine = Engine.of(
        'comity = 1\npolicy = { id = "p", title = "p", version = "1" }\nattributes.score = "number"\n'
        'rules.r = { kind = "forbidden", contact = { score = { at-least = 2 } } }\n'
    )
    report = engine.audit(path, engine=back_end)  # type: ignore[arg-type]
    assert [finding.person for finding in report.findings] == ["p4", "p5"]
    assert report.summary.unreadable == {"p/score": 4}
    assert report.summary.unreadable_examples == {"p/score": "`-1e999`"}
    assert [rejection.reason for rejection in report.rejections] == ["`person` is NaN, not text"]
