from __future__ import annotations

import re
from pathlib import Path

import pytest

from comity.errors import PolicyError, UsageError
from comity.readers import FieldRule, LogFormat, Mapping, Only, load_mapping, mapping_from_options

FULL = """
comity = 1
[log]
format = "csv"
delimiter = ";"
encoding = "latin-1"
header = ["caller", "callee", "when", "seconds"]
[fields]
person = "callee"
at = { column = "when", format = "unix", timezone = "Europe/Copenhagen" }
kind = { column = "Activity", values = { "W_Nabellen offertes" = "call" }, default = "other" }
channel = { value = "phone" }
matter = { column = "debts", split = "," }
duration = { column = "seconds", default = 0 }
[[only]]
column = "status"
values = ["completed"]
[[also]]
at = { column = "consent_until", format = "iso" }
kind = { value = "consent-over" }
"""


def load(tmp_path: Path, text: str, **options: object) -> Mapping:
    path = tmp_path / "m.toml"
    path.write_text(text)
    return load_mapping(path, **options)  # type: ignore[arg-type]


def test_a_full_mapping_is_structured(tmp_path: Path) -> None:
    mapping = load(tmp_path, FULL)
    assert mapping.log == LogFormat("csv", ";", "latin-1", ("caller", "callee", "when", "seconds"))
    assert mapping.fields["person"] == FieldRule("callee")
    assert mapping.fields["at"] == FieldRule("when", format="unix", timezone="Europe/Copenhagen")
    assert mapping.fields["kind"].values == {"W_Nabellen offertes": "call"}
    assert mapping.fields["channel"] == FieldRule(value="phone")
    assert mapping.fields["duration"].default == 0
    assert mapping.only == (Only("status", ("completed",)),)
    assert mapping.also[0]["kind"].value == "consent-over"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("comity = 2", "version 2"),
        ("[fields]\nperson = 'x'", "`comity` is missing"),
        ("comity = '1'", "not a whole number"),
        ("comity = 1\n[fields]\nat = { column = 'a', format = 'unixms' }", "`unixms` is not a format"),
        ("comity = 1\n[fields]\nat = { column = 'a', format = '%Q' }", "strptime"),
        ("comity = 1\n[fields]\nat = { column = 'a', timezone = 'Europe/Pariss' }", "not a time zone"),
        ("comity = 1\n[fields]\nkind = { column = 'a', value = 'b' }", "`column` together with `value`"),
        ("comity = 1\n[fields]\nkind = { default = 'b' }", "`column` is missing"),
        ("comity = 1\n[fields]\nkind = { column = 'a', split = ',' }", "`matter` and with attributes only"),
        ("comity = 1\n[fields]\nkind = { column = 'a', format = 'iso' }", "`at` only"),
        ("comity = 1\n[fields]\nkind = { value = 1 }", "is not text"),
        ("comity = 1\n[fields]\nkind = 1", "is not a table"),
        ("comity = 1\n[fields]\nkind = ''", "empty"),
        ("comity = 1\n[fields]\nmatter = { column = 'a', split = '' }", "separator is empty"),
        ("comity = 1\n[fields]\nmedium = 'a'", "follows from the channel"),
        ("comity = 1\n[fields]\ndirection = { value = 'sideways' }", "`sideways` is not a direction"),
        ("comity = 1\n[fields]\ndirection = { column = 'd', values = { a = 'inbond' } }", "`inbond`"),
        ("comity = 1\n[fields]\ntimezone = { column = 'd', default = 'Mars' }", "not a time zone"),
        ("comity = 1\n[fields]\nx = { column = 'd', values = { a = [1] } }", "number or a boolean"),
        ("comity = 1\nfields = 1", "is not a table"),
        ("comity = 1\n[log]\ndelimiter = ''", "not one character"),
        ("comity = 1\n[log]\ndelimiter = ';;'", "not one character"),
        ("comity = 1\n[log]\nencoding = 'utf-9'", "not an encoding"),
        ("comity = 1\n[log]\nencoding = 'base64'", "not an encoding"),
        ("comity = 1\n[log]\nheader = []", "names no column"),
        ("comity = 1\n[log]\nheader = [1]", "not text"),
        ("comity = 1\n[[only]]\ncolumn = 'a'\nvalues = []", "no values"),
        ("comity = 1\n[[only]]\ncolumn = ''\nvalues = ['a']", "empty"),
        ("comity = 1\n[[only]]\ncolumn = 'a'", "`values` is missing"),
        ("comity = 1\n[[also]]\nkind = 'a'", "`at` is missing"),
        ("comity = 1\n[", "not valid TOML"),
    ],
)
def test_a_fault_is_reported(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said.replace("[", r"\[")) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "m.toml") + ":")


def test_unknown_keys_come_with_suggestions_and_all_at_once(tmp_path: Path) -> None:
    text = "comity = 1\n[fields]\nat = { colum = 'a', column = 'b' }\n[log]\nencodin = 'utf-8'\n"
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, text)
    said = str(caught.value)
    assert "did you mean `column`?" in said
    assert "did you mean `encoding`?" in said
    assert {problem.place.line for problem in caught.value.problems} == {3, 5}


def test_the_format_is_checked_where_the_formats_are_known(tmp_path: Path) -> None:
    text = "comity = 1\n[log]\nformat = 'cvs'"
    assert load(tmp_path, text).log.format == "cvs"
    with pytest.raises(PolicyError, match="did you mean `csv`"):
        load(tmp_path, text, formats=["csv", "json"])


def test_a_missing_mapping_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load_mapping(tmp_path / "none.toml")


def test_options_win_over_the_file() -> None:
    base = Mapping(
        1, fields={"person": FieldRule("a"), "kind": FieldRule("k", default="x"), "at": FieldRule("t")}
    )
    mapping = mapping_from_options(base, ["person = callee", "at=x=y"], ["kind=call"])
    assert mapping.fields == {
        "person": FieldRule("callee"),
        "kind": FieldRule(value="call"),
        "at": FieldRule("x=y"),
    }
    assert mapping_from_options(None, [], []) == Mapping(1)


@pytest.mark.parametrize(
    ("maps", "sets", "said"),
    [
        (["person"], [], "--map `person` is not FIELD=COLUMN"),
        (["=a"], [], "is not FIELD=COLUMN"),
        ([], ["kind="], "--set `kind=` is not FIELD=VALUE"),
        (["kind=a"], ["kind=b"], "given twice"),
        (["medium=a"], [], "follows from the channel"),
        ([], ["direction=inwards"], "not a direction"),
        ([], ["timezone=Nowhere"], "not a time zone"),
    ],
)
def test_a_malformed_option_is_a_usage_error(maps: list[str], sets: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        mapping_from_options(None, maps, sets)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("%m/%d %H:%M", "does not name a whole date"),
        ("%Y-%m %H:%M", "does not name a whole date"),
        ("%H:%M:%S", "does not name a whole date"),
        ("%Y %H:%M", "does not name a whole date"),
        ("%a %d %B", "does not name a whole date"),
        ("%Y-W%W", "does not name a whole date"),
        ("%d/%m/%Y %H:%M %p", "with `%H` it is ignored"),
        ("%d/%m/%Y %p", "`%p` (AM or PM) goes with `%I`"),
        ("%d/%m/%Y %I:%M", "`%I` is an hour from 1 to 12"),
        ("%d/%m/%Y :%M", "the minutes `%M` stand without an hour"),
        ("%d/%m/%Y %H %S", "the seconds `%S` stand without minutes"),
        ("%d/%m/%Y %H:%M.%f", "the fraction `%f` stands without seconds"),
    ],
)
def test_a_pattern_that_would_lose_a_part_is_a_fault(tmp_path: Path, pattern: str, said: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(said)):
        load(tmp_path, f"comity = 1\n[fields]\nat = {{ column = 'a', format = '{pattern}' }}")


@pytest.mark.parametrize(
    "pattern",
    [
        "%Y-%m-%d",
        "%d.%m.%y %H:%M",
        "%b %d %Y %I:%M:%S.%f %p",
        "%Y %j %H",
        "%G-W%V-%u",
        "%Y week %W %a",
        "%A, %d %B %Y",
        "100%% %Y-%m-%d",
        "%A, %d. %B %Y %H:%M %Z",
    ],
)
def test_a_pattern_that_names_all_is_none(tmp_path: Path, pattern: str) -> None:
    load(tmp_path, f"comity = 1\n[fields]\nat = {{ column = 'a', format = '{pattern}' }}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zones = { EST = 'PST' }", "did you mean `America/Los_Angeles`?"),
        ("zones = { 'E S' = '-05:00' }", "`E S` is not an abbreviation"),
        ("[fields]\nat = { column = 'a', zones = { CET = 'Europe/Parix' } }", "did you mean `Europe/Paris`?"),
        ("[fields]\nat = { column = 'a', format = 'unix', zones = { CET = '+01:00' } }", "go with numbers"),
        ("[fields]\nkind = { column = 'a', zones = { CET = '+01:00' } }", "`at` only"),
    ],
)
def test_abbreviations_stand_for_zones(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(said)):
        load(tmp_path, f"comity = 1\n{text}\n")


@pytest.mark.parametrize("pattern", ["%c", "%x %H:%M", "%Y-%m-%d %X"])
def test_a_pattern_that_depends_on_the_machine_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(PolicyError, match="in another way on machines of another language"):
        load(tmp_path, f"comity = 1\n[fields]\nat = {{ column = 'a', format = '{pattern}' }}")
