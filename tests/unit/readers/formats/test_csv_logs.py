from __future__ import annotations

import pytest
from conftest import Read

from comity.errors import InputError
from comity.readers import FieldRule, LogFormat

T = "2025-03-01T09:30:00Z"
AT = 1_740_821_400_000_000


def test_a_plain_log(read: Read) -> None:
    text = (
        f"id,person,at,kind,channel,direction,outcome,actor,matter,timezone,score\n"
        f"7, ann ,{T},Call,E-Mail,sent,Busy,bob,a; b;;a,Europe/Paris, 5 \n,x,{T},,,,,,,,\n"
    )
    result = read(text)
    one, two = result.events
    assert (one.person, one.at, one.id, one.kind, one.channel) == ("ann", AT, "7", "Call", "E-Mail")
    assert (one.direction, one.outcome, one.actor) == ("outbound", "Busy", "bob")
    assert (one.matter, one.timezone, one.attributes, one.label) == (
        ("a", "b"),
        "Europe/Paris",
        {"score": "5"},
        None,
    )
    assert (two.id, two.label, two.kind, two.channel) == (None, "#2", "contact", "unspecified")
    assert (two.direction, two.outcome, two.matter, two.timezone, two.attributes) == (
        "outbound",
        None,
        (),
        None,
        {},
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(read: Read, delimiter: str) -> None:
    assert read(f"person{delimiter}at\na{delimiter}{T}\n").events[0].person == "a"


def test_the_comma_is_preferred(read: Read) -> None:
    assert read(f'person,at,"x;y"\na,{T},1\n').events[0].attributes == {"x;y": "1"}


def test_tsv_is_delimited_by_tabs(read: Read) -> None:
    result = read(f"person\tat\ta,b\nann\t{T}\t1\n", "log.tsv")
    assert result.events[0].attributes == {"a,b": "1"}


def test_spaces_without_a_header(read: Read) -> None:
    log = LogFormat("csv", " ", None, ("actor", "person", "when"))
    result = read(
        "1 2 1082040961\n3  4 1082155839 \n",
        "x.txt",
        log=log,
        fields={"at": FieldRule("when", format="unix")},
    )
    assert [(e.actor, e.person, e.at, e.label) for e in result.events] == [
        ("1", "2", 1082040961000000, "#1"),
        ("3", "4", 1082155839000000, "#2"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_followed(read: Read, encoding: str) -> None:
    assert read(f"person,at\nzoé,{T}\n".encode(encoding)).events[0].person == "zoé"


def test_the_encoding_of_the_mapping(read: Read) -> None:
    text = f"person,at\nzoé,{T}\n".encode("latin-1")
    assert read(text, log=LogFormat(encoding="latin-1")).events[0].person == "zoé"
    result = read(b"person,at\n\x81,%s\n" % T.encode(), log=LogFormat(encoding="cp1252"))
    assert "byte 0x81 is not cp1252" in result.reasons[1]


def test_only_rows_whose_used_cells_are_no_utf8_are_rejected(read: Read) -> None:
    text = f"person,at,note\nzoé,{T},x\nb,{T},é\nc,{T},x\n".encode("latin-1")
    result = read(text, attributes=[])
    assert [event.person for event in result.events] == ["b", "c"]
    assert result.reasons == {1: "byte 0xe9 is not UTF-8: state the encoding in the mapping's [log]"}
    assert read(text, attributes=["note"]).reasons.keys() == {1, 2}


def test_nul_in_a_used_cell_is_rejected(read: Read) -> None:
    assert read(f"person,at\na\0b,{T}\nc,{T}\n").reasons == {1: "a cell has a NUL character"}


def test_broken_utf16_is_an_input_error(read: Read) -> None:
    with pytest.raises(InputError, match=r"log\.csv: the text cannot be decoded"):
        read("person,at\n".encode("utf-16") + b"\x00\xd8\x00")


def test_ragged_rows_are_rejected_and_blank_lines_are_no_rows(read: Read) -> None:
    result = read(f"\n  \nperson,at\n\na,{T}\n   \nb\nc,{T},1,2\n\nd,{T}\n")
    assert [event.label for event in result.events] == ["#1", "#4"]
    assert result.reasons == {2: "has 1 cell, the header has 2", 3: "has 4 cells, the header has 2"}
    assert result.rejected[1].cells == {"person": "c", "at": T}


def test_a_stray_quote_costs_its_own_line_only(read: Read) -> None:
    result = read(f'person,at,note\na,{T},1\nb,{T},"open\nc,{T},"fine"\nd,{T},4\n')
    assert [event.person for event in result.events] == ["a", "c", "d"]
    assert "not valid csv" in result.reasons[2]
    result = read(f'person,at,note\na,{T},1\nb,{T},"open\nc,{T},3\n')
    assert [event.person for event in result.events] == ["a", "c"]
    assert result.reasons == {2: "a quote is never closed"}


def test_cells_of_several_lines_across_chunks(read: Read) -> None:
    note = 'first line\nsecond, with ""quotes""\n' * 300
    rows = "".join(f'p{i},{T},"{note}"\n' for i in range(100))
    result = read("person,at,note\n" + rows)
    assert [event.person for event in result.events] == [f"p{i}" for i in range(100)]
    assert result.events[99].attributes["note"] == note.replace('""', '"').strip()


def test_a_cell_may_be_large(read: Read) -> None:
    assert len(str(read(f"person,at,note\na,{T},{'x' * 500_000}\n").events[0].attributes["note"])) == 500_000


def test_many_rows_come_in_several_batches(read: Read) -> None:
    result = read("person,at\n" + f"a,{T}\n" * 30_000)
    assert result.events[-1].label == "#30000"


def test_a_log_with_a_header_only_has_no_rows(read: Read) -> None:
    assert read("person,at\n").tally.rows_read == 0
    assert read("", log=LogFormat(header=("person", "at"))).tally.rows_read == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"log\.csv: the log is empty and has no header"),
        ("\n \n", r"log\.csv: the log is empty"),
        ("persn,at\n", r"log\.csv: has no column `person`, and no mapping says .*: did you mean `persn`\?"),
        ("person,when\n", "has no column `at`.*the columns are `person`, `when`"),
        ("person,at,person\n", "several columns are called `person`"),
        ('"person,at\n', "the header is not valid csv"),
    ],
)
def test_a_log_that_cannot_be_read(read: Read, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(text)


def test_columns_that_the_mapping_names_must_be_there(read: Read) -> None:
    text = f"person,at,caller\na,{T},b\n"
    with pytest.raises(
        InputError, match="`calller`, which the mapping names for `actor`: did you mean `caller`"
    ):
        read(text, fields={"actor": FieldRule("calller")})
    with pytest.raises(InputError, match=r"`until`, which the mapping names for `at` in \[\[also\]\]"):
        read(text, also=({"at": FieldRule("until")},))


def test_columns_of_one_name_matter_only_where_they_are_used(read: Read) -> None:
    text = f"person,at,x,x\na,{T},1,2\n"
    assert read(text).events[0].attributes == {}
    assert read(text, attributes=["y"]).events[0].attributes == {}
    with pytest.raises(InputError, match="several columns are called `x`"):
        read(text, attributes=["x"])
    with pytest.raises(InputError, match="several columns are called `x`"):
        read(text, fields={"actor": FieldRule("x")})
