from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Read, read_log
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.errors import InputError, UsageError
from comity.readers import FieldRule, LogFormat, Mapping, Only

T = "2025-03-01T09:30:00Z"
H = "2025-03-01T10:30:00Z"


def test_values_and_defaults(read: Read) -> None:
    fields = {
        "person": FieldRule("callee"),
        "kind": FieldRule("act", values={"W_x": "call"}, default="other"),
        "channel": FieldRule(value="phone"),
        "direction": FieldRule("dir", values={"o": "out", "": "none"}),
        "matter": FieldRule("debts", split=","),
        "seconds": FieldRule("duration", default=0),
        "live": FieldRule("act", values={"W_x": True, "y": ""}),
    }
    text = f'callee,at,act,dir,debts,duration\na,{T}, W_x ,o,"1, 2,1",5\nb,{T},y,,,\nc,{T},,in,3,\n'
    events = read(text, fields=fields).events
    assert [e.kind for e in events] == ["call", "other", "other"]
    assert [e.direction for e in events] == ["outbound", "none", "inbound"]
    assert [e.matter for e in events] == [("1", "2"), (), ("3",)]
    assert {e.channel for e in events} == {"phone"}
    assert [e.attributes for e in events] == [{"seconds": "5", "live": True}, {"seconds": 0}, {"seconds": 0}]


def test_attributes_are_those_that_are_needed(read: Read) -> None:
    text = f"callee,at,a,b,medium\nx,{T},1,2,voice\n"
    fields = {"person": FieldRule("callee"), "c": FieldRule("a")}
    assert read(text, fields=fields).events[0].attributes == {"c": "1", "b": "2"}
    assert read(text, fields=fields, attributes=["b", "none", "person"]).events[0].attributes == {"b": "2"}
    assert read(text, fields=fields, attributes=["callee"]).events[0].attributes == {"callee": "x"}
    assert read(text, fields=fields, attributes=[]).events[0].attributes == {}


def test_words_that_are_unknown_are_rejected(read: Read) -> None:
    rows = ["sideways,", "inbond,", ",Mars/Base", f"{'x' * 500},", f",{'x' * 500}", "in,Europe/Paris +02:00"]
    text = "person,at,direction,timezone\n" + "".join(f"a,{T},{row}\n" for row in rows)
    result = read(text)
    assert [(e.direction, e.timezone) for e in result.events] == [("inbound", "Europe/Paris +02:00")]
    assert result.reasons[1].startswith("`sideways` is not a direction")
    assert "did you mean `inbound`?" in result.reasons[2]
    assert result.reasons[3].startswith("`Mars/Base` is not a time zone")
    assert len(result.reasons[4]) < 100
    assert len(result.reasons[5]) < 100
    assert result.rejected[0].cells["direction"] == "sideways"
    assert result.rejected[0].file.endswith("log.csv")


def test_a_wrong_constant_is_a_usage_error(read: Read) -> None:
    with pytest.raises(UsageError, match="mapping of `direction`: `x` is not a direction"):
        read(f"person,at\na,{T}\n", fields={"direction": FieldRule(value="x")})


def test_a_constant_person(read: Read) -> None:
    assert read(f"at\n{T}\n", fields={"person": FieldRule(value=" me ")}).events[0].person == "me"


def test_a_person_that_is_empty_names_its_column(read: Read) -> None:
    result = read(f"callee,at\n ,{T}\n", fields={"person": FieldRule("callee")})
    assert result.reasons == {1: "`person` is empty (column `callee`)"}


def test_only_some_rows_are_kept(read: Read) -> None:
    text = (
        f"person,at,status,type\na,{T}, done ,x\nb,{T},open,x\n,bad,open,x\nd,bad,done,x\ne,{T},done,y\nf\n"
    )
    only = (Only("status", ("done", "ended")), Only("type", ("x",)))
    result = read(text, only=only)
    assert [e.label for e in result.events] == ["#1"]
    assert result.tally.rows_skipped == 3
    assert result.reasons.keys() == {4, 6}


ALSO = ({"at": FieldRule("until"), "kind": FieldRule(value="over"), "direction": FieldRule(value="none")},)


def test_a_further_event_follows_its_rows_first(read: Read) -> None:
    text = f"id,person,at,until,kind,x\nq,a,{T},{H},call,1\n,b,{T},{H},call,\nr,c,{T}, ,call,2\n"
    result = read(text, also=ALSO)
    assert [(e.person, e.id, e.label, e.kind, e.direction) for e in result.events] == [
        ("a", "q", None, "call", "outbound"),
        ("a", "q+1", None, "over", "none"),
        ("b", None, "#2", "call", "outbound"),
        ("b", None, "#2+1", "over", "none"),
        ("c", "r", None, "call", "outbound"),
    ]
    first, further = result.events[:2]
    assert further.attributes == first.attributes
    assert result.tally.events == 5
    assert result.tally.latest == first.at


def test_a_bad_further_event_rejects_the_row(read: Read) -> None:
    text = f"person,at,until,who\na,{T},soon,x\nb,{T},{H},\nc,{T},,\n"
    result = read(text, also=({**ALSO[0], "person": FieldRule("who")},))
    assert [e.person for e in result.events] == ["c"]
    assert result.reasons[1].startswith("`soon` is not a date and time")
    assert result.reasons[1].endswith("(in [[also]])")
    assert result.reasons[2] == "`person` is empty (column `who`) (in [[also]])"


def test_several_further_events(read: Read) -> None:
    second = {"at": FieldRule("at"), "kind": FieldRule(value="over"), "id": FieldRule("ref")}
    also = (*ALSO, {**second, "x": FieldRule("ref", default=3)})
    text = f"person,at,until,ref\na,{T},{H},\nb,{T},,k\n"
    events = read(text, also=also).events
    assert [e.id or e.label for e in events] == ["#1", "#1+1", "#1+2", "#2", "k"]
    assert events[2].attributes["x"] == 3


def test_a_local_further_event_has_the_zone_of_the_first(read: Read) -> None:
    fields = {"at": FieldRule("at", timezone="+01:00")}
    text = "person,at,until\na,2025-03-01 10:00,2025-03-02\n"
    result = read(text, fields=fields, also=ALSO)
    assert result.events[1].at - result.events[0].at == 14 * 3_600_000_000
    assert result.tally.dates_without_time == 1
    assert result.tally.latest == result.events[0].at


def test_labels_name_the_file_where_there_are_several(tmp_path: Path) -> None:
    for name in ("a.csv", "b%d.csv"):
        (tmp_path / name).write_text(f"person,at\nx,{T}\n")
    paths = [f"{tmp_path}/a.csv", f"{tmp_path}/b%d.csv"]
    result = read_log(paths)
    assert [e.label for e in result.events] == [f"{path}#1" for path in paths]
    assert result.tally.rows_read == 2


cells = st.one_of(
    st.sampled_from(
        ["a", T, "2025-03-01", "", '"', '""', ",", "\n", "\r", "\0", "done", "in", "Europe/Paris", "1"]
    ),
    st.text(max_size=5),
)
MAPPING = Mapping(
    1, only=(Only("status", ("done", "")),), also=({"at": FieldRule("until"), "kind": FieldRule(value="+")},)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(cells, max_size=9), max_size=12), st.booleans(), st.binary(max_size=6))
def test_no_row_of_a_csv_log_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], header: bool, tail: bytes
) -> None:
    text = "\n".join(",".join(row) for row in rows)
    if header:
        text = "person,at,status,until,direction,timezone,matter\n" + text
    check(tmp_path_factory, "log.csv", text.encode("utf-8", "replace") + tail)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | cells, lambda inner: st.lists(inner, max_size=3)
)
names = st.sampled_from(["person", "at", "status", "until", "direction", "timezone", "matter", "note"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.dictionaries(names, values, max_size=8) | values | cells, max_size=12), st.binary(max_size=6)
)
def test_no_row_of_a_jsonl_log_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[object], tail: bytes
) -> None:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    check(tmp_path_factory, "log.jsonl", text.encode("utf-8", "replace") + tail)


def check(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    for mapping in (MAPPING, Mapping(1, LogFormat(delimiter=" "))):
        try:
            result = read_log([path], mapping=mapping, timezone="UTC")
        except InputError as error:
            said = [str(error)]
        else:
            said = [rejection.reason for rejection in result.rejected]
        assert all(text.isprintable() for text in said)
