from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from comity.documents.positions import Path, positions, syntax_error

AWKWARD = '''# a comment with [brackets] and "quotes"
title = "über"  # trailing
a.b . "c d".'e' = 1
"quoted \\u00e9" = """first "" line
second"""" # five quotes: two are the text's
lit = \'\'\'it's
"all" \'\'text\'\'\'
[tab."le".x]
at = 2025-01-01 10:00:00Z
inline = { one = 1, "two" = [ { three = 3 }, {} ], four.five = 5 }
array = [ # comment, with ] bracket
  1,
  [2, 3], "a]b",
]
[[many]]
name = "first"
[[many]]
name = "second"
[many.sub]
deep = true
[[many.list]]
z = 1
[[many.list]]
z = 2
[ spaced . header ]
\tindented = -0.5e3
'''


def paths_of(value: Any, path: Path = ()) -> set[Path]:
    if isinstance(value, dict):
        items: list[tuple[str | int, Any]] = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return set()
    found: set[Path] = set()
    for key, part in items:
        found |= {(*path, key)} | paths_of(part, (*path, key))
    return found


def at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def check(text: str) -> None:
    data = tomllib.loads(text)
    spots = positions(text)
    assert set(spots) == paths_of(data)
    lines = text.replace("\r\n", "\n").split("\n")
    for path, spot in spots.items():
        value, span = at(data, path), spot.value
        written = lines[span.line - 1][span.column - 1 : span.column - 1 + span.length]
        scalar = isinstance(value, str | int | float | bool | dt.date | dt.time)
        if scalar and "\n" not in str(value) and not written.startswith(('"""', "'''")):
            assert tomllib.loads(f"x = {written}") == {"x": value}
        key, last = spot.key, path[-1]
        if isinstance(last, str):
            written = lines[key.line - 1][key.column - 1 : key.column - 1 + key.length]
            assert tomllib.loads(f"{written} = 1") == {last: 1}


def test_awkward_toml() -> None:
    check(AWKWARD)


def test_line_endings_do_not_matter() -> None:
    crlf = AWKWARD.replace("\n", "\r\n")
    assert positions(crlf) == positions(AWKWARD)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("title",), 2, 9),
        (("a", "b", "c d", "e"), 3, 19),
        (("quoted é",), 4, 19),
        (("tab", "le", "x"), 8, 11),
        (("tab", "le", "x", "inline", "two", 0, "three"), 10, 41),
        (("tab", "le", "x", "array", 1, 1), 13, 7),
        (("many", 1, "name"), 18, 8),
        (("many", 1, "sub", "deep"), 20, 8),
        (("many", 1, "list", 1, "z"), 24, 5),
        (("spaced", "header", "indented"), 26, 13),
    ],
)
def test_values_stand_where_they_are_written(path: Path, line: int, column: int) -> None:
    span = positions(AWKWARD)[path].value
    assert (span.line, span.column) == (line, column)


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6)
SCALARS = (
    st.integers(-(2**40), 2**40)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\r"), max_size=8)
    | st.booleans()
    | st.dates()
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(data=st.dictionaries(KEYS, VALUES, max_size=5), multiline=st.booleans())
def test_every_path_has_a_place(data: dict[str, Any], multiline: bool) -> None:
    check(tomli_w.dumps(data, multiline_strings=multiline))


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a = ", 1, 5), ("a = 1\nb = = 2", 2, 5), ("[a\n", 1, 3), ('x = """abc', 1, 11)],
)
def test_a_syntax_error_has_a_place(text: str, line: int, column: int) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    message, *place = syntax_error(text, caught.value)
    assert place == [line, column]
    assert "line" not in message
