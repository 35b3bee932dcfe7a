from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.documents.document import Document, load_document
from comity.errors import PolicyError, Problem

HEAD = 'comity = 1\n[policy]\nid = "p"\n'


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        Document(text)
    return caught.value.problems


MISTAKES = [
    # What is written in line 4, the column that is shown, the message, and the advice.
    ("limit = 3 // three", 11, "`//` does not begin a comment", "write `#`"),
    ("-- a note", 1, "`--` does not begin a comment", "write `#`"),
    ("limit = 3;", 10, "`;` stands after the value", "leave it out"),
    ("limit = 3,", 10, "`,` stands after the value", "only a comment"),
    ("limit: 3", 6, "`:` stands between a key and its value", "write `limit = 3`"),
    ("limit == 3", 7, "`==` stands between a key and its value", "write `limit = 3`"),
    ("policy:", 7, "`:` stands between a key and its value", "the heading `[policy]`"),
    ("limit 3", 1, "there is no `=` in this line", "`key = value`"),
    ("limit =", 1, "`limit` has no value", "or delete the line"),
    ("= 3", 1, "there is no key before `=`", "`key = value`"),
    ("max limit = 3", 1, "the key `max limit` needs quotation marks", '`"max limit" = …`'),
    ("gr\u00f6\u00dfe = 3", 1, "the key `gr\u00f6\u00dfe` needs quotation marks", "only letters"),
    ('because = "a "b" c"', 14, "a text ends at its next quotation mark", 'write `\\"`'),
    ("because = 'it's'", 14, "a text ends at its next quotation mark", 'put the text between `"`'),
    ('because = "C:\\path"', 14, "a backslash stands in a text", "write `\\\\`"),
    ("because = \u201eHallo\u201c", 11, "is not a quotation mark of TOML", 'write `"Hallo"`'),
    ('because = "Hallo\u201d', 17, "is not a quotation mark of TOML", 'write `"Hallo"`'),
    ('because = "no end', 11, "the text has no closing quotation mark", "in the same line"),
    ('because = """no end', 11, "the text of several lines that begins here", 'write `"""`'),
    ("window = 7d", 10, "`7d` has no quotation marks", 'write `"7d"`'),
    ("window = same week", 10, "`same week` has no quotation marks", 'write `"same week"`'),
    ("share = 3%", 9, "`3%` has no quotation marks", 'write `"3%"`'),
    ("per = [person]", 8, "`person` has no quotation marks", 'write `"person"`'),
    ("from = 9:00", 8, "`9:00` is not a time", "write `09:00:00`"),
    ("slot = { from = 09:00, to = 10:00:00 }", 17, "`09:00` is not a time", "write `09:00:00`"),
    ("to = 8pm", 6, "`8pm` is not a time: a time has 24 hours", "write `20:00:00`"),
    ("to = 12:30 am", 6, "`12:30 am` is not a time", "write `00:30:00`"),
    ("to = 24:00", 6, "`24:00` is not a time", '`"24:00"`'),
    ("from = 01/31/2025", 8, "`01/31/2025` is not a date", "`2025-03-01`"),
    ("from = 31.01.2025", 8, "`31.01.2025` is not a date", "`2025-03-01`"),
    ("from = 2025-1-5", 8, "`2025-1-5` is not a date", "`2025-03-01`"),
    ("limit = 1,5", 9, "`1,5` is not a number", "write `1.5`"),
    ("limit = 1.234,5", 9, "`1.234,5` is not a number", "write `1234.5`"),
    ("limit = 1 000", 9, "`1 000` is not a number", "write `1000`"),
    ("limit = 007", 9, "`007` is not a number", "write `7`"),
    ("enabled = Yes", 11, "`Yes` is not a value", "write `true`"),
    ("enabled = FALSE", 11, "`FALSE` is not a value", "write `false`"),
    ("limit = null", 9, "`null` is not a value", "leave the key out"),
    ("limit = seven", 9, "`seven` is not a value", "write `7`"),
    ('days = ["mon", "tue"', 8, "the list that begins here has no closing `]`", "write `]`"),
    ('slot = { days = "mon"', 8, "the table that begins here has no closing `}`", "write `}`"),
    ('days = ["mon")', 8, "the list that begins here", "write `]`"),
    ('days = ["mon"}', 14, "`}` stands where `]` is due", "write `]`"),
    ('days = ["mon" "tue"]', 15, 'no comma stands before `"tue"`', 'write `, "tue"`'),
    ('days = ("mon")', 8, "a list does not stand between round brackets", "write `[` and `]`"),
    ('days = {"mon"}', 8, "has a key before each value", "for a list `[` and `]`"),
    ("slot = {\n from = 09:00:00\n}", 8, "a table in braces goes on in the next line", "with a heading"),
    ("[rules.my rule]", 1, "needs quotation marks", '`[rules."my rule"]`'),
    ("[rules.x", 9, "the heading has no closing bracket", "write `[rules.x]`"),
    ("[[case]", 8, "one closing bracket, not two", "write `[[case]]`"),
    ("[rules..x]", 1, "a part of the heading between dots is empty", ""),
    ('[rules.x] kind = "y"', 11, "something follows the heading", "a line of its own"),
    ("[policy]", 1, "the heading `[policy]` is there twice: first in line 2", "another name"),
    ('id = "q"', 1, "the key `id` is there twice: first in line 3", "keep one of them"),
    ("kind\u00a0= 3", 5, "the character U+00A0 (NO-BREAK SPACE)", "write a space"),
    ("limit = \u22121", 9, "the character U+2212 (MINUS SIGN)", "write `-`"),
    ("limit = 3\u200b", 10, "the character U+200B (ZERO WIDTH SPACE)", "write nothing"),
    ("limit = \uff13", 9, "the character U+FF13", "write `3`"),
    ('title = "x"\rlimit = 3', 12, "the lines end as on old Macintosh computers", "line ends of Unix"),
]


@pytest.mark.parametrize(("line", "column", "message", "advice"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_usual_mistakes_are_told_where_they_are(line: str, column: int, message: str, advice: str) -> None:
    found = problems(f"{HEAD}{line}\n")[0]
    assert found.code == "syntax"
    assert (found.place.line, found.place.column) == (4, column)
    assert found.message.startswith("not valid TOML: ")
    assert message in found.message
    assert advice in found.help


def test_several_mistakes_are_told_at_once() -> None:
    text = (
        f"{HEAD}[rules.a]\nkind = forbidden\n[rules.b]\nlimit = one\nwindow = 7d\n[rules.c]\nfrom = 09:00\n"
    )
    assert [problem.place.line for problem in problems(text)] == [5, 7, 8, 10]


def test_a_broken_heading_leaves_out_its_keys() -> None:
    text = f"{HEAD}[rules.a\nid = 3\n[rules.b]\nlimit = one\n"
    assert [problem.place.line for problem in problems(text)] == [4, 7]


def test_a_table_of_several_lines_is_one_mistake() -> None:
    text = f"{HEAD}slot = {{\n from = 09:00:00,\n to = 10:00:00,\n}}\nlimit = one\n"
    assert [problem.place.line for problem in problems(text)] == [4, 8]


def test_files_in_other_encodings_are_named(tmp_path: Path) -> None:
    for encoding, message in (("utf-16", "the file is UTF-16"), ("cp1252", "it is `\u00e4`")):
        path = tmp_path / f"{encoding}.toml"
        path.write_bytes(f'{HEAD}title = "\u00e4"\n'.encode(encoding))
        with pytest.raises(PolicyError, match=re.escape(message)) as caught:
            load_document(path)
        assert caught.value.problems[0].help == "save the file as UTF-8"


PIECES = st.sampled_from(
    [
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        '"""',
        "=",
        ",",
        ".",
        "#",
        "\n",
        "\r",
        " ",
        "a",
        "1",
        "09:00",
        "rules",
        "\u201c",
        "\\",
        "-",
        "//",
    ]
)


@given(st.lists(PIECES, max_size=30), st.integers(0, len(HEAD)))
def test_whatever_is_written_has_its_place(pieces: list[str], place: int) -> None:
    text = HEAD[:place] + "".join(pieces) + HEAD[place:]
    try:
        Document(text)
    except PolicyError as error:
        lines = text.split("\n")
        for problem in error.problems:
            assert 1 <= problem.place.line <= len(lines)
            assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
            assert "\n" not in problem.message
