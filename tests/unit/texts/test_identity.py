"""Persons, actors and matters have one way of writing; near ones are told of."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import Engine, Event, EventError, History, PolicyError, UsageError
from comity.audits.backends import BackEnd
from comity.events.channels.email_addresses import normalise_email
from comity.events.fields import fold
from comity.readers import load_mapping
from comity.texts.identity import has_invisible, identity
from comity.texts.near import find_near, near_forms

AT = 1_740_000_000_000_000
HEAD = 'comity = 1\npolicy = { id = "p", title = "p", version = "1" }\n'
STOP = (
    HEAD + 'rules.stop = { kind = "stop-after", contact = { kind = "mail" }, after = { kind = "opt-out" } }\n'
)
ODD = st.sampled_from("aZé-_ .\u00a0\u200b\u200c\u200d\ufeff\u2060\u00ad\u202e\u0301\u0627\u064a\u2009\u2011")
BACK_ENDS: tuple[BackEnd, ...] = ("online", "columnar")


@settings(max_examples=300, deadline=None)
@given(st.text(ODD | st.characters(exclude_categories=["Cs"]), max_size=12))
def test_bringing_to_one_way_of_writing_is_done_once(text: str) -> None:
    once = identity(text)
    assert identity(once) == once
    assert once == once.strip()
    assert not has_invisible(once)
    for form in ("NFC", "NFD"):
        assert identity(f"\u00a0{unicodedata.normalize(form, text)}\u200b ") == once
    assert fold(fold(text)) == fold(text)
    assert fold(text) == fold(identity(text))


def test_a_joiner_stays_where_a_word_is_spelt_with_it() -> None:
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert identity(persian) == persian
    assert identity("an\u200cna") == "anna"
    assert identity("\u0645\u200c") == "\u0645"


@pytest.mark.parametrize(
    "written", ["ann ", "\u00a0ann", "a\u200bnn", "\ufeffann", "an\u00adn", "\u202aann\u202c"]
)
def test_an_event_is_of_one_person_however_it_is_made(written: str) -> None:
    made = [
        Event(written, AT),
        Event.of({"person": written, "at": AT}),
        *History([{"person": written, "at": AT}]),
    ]
    assert {event.person for event in made} == {"ann"}
    engine = Engine.of(STOP)
    for history in ([Event(written, AT, kind="opt-out")], History([Event(written, AT, kind="opt-out")])):
        assert engine.decide(history, Event("ann", AT + 1, kind="mail")).outcome == "deny"
        assert engine.decide(history, Event(f"{written} ", AT + 1, kind="mail")).outcome == "deny"
    monitor = engine.monitor()
    monitor.feed(Event("ann", AT, kind="opt-out"))
    assert monitor.feed(Event(written, AT + 1, kind="mail"))


def test_actors_and_matters_have_one_way_of_writing_too() -> None:
    event = Event("ann", AT, actor=" Zoe\u0301", matter=("m\u200b1 ", "e\u0301"))
    assert (event.actor, event.matter) == ("Zo\u00e9", ("m1", "\u00e9"))
    assert Event.of({"person": "ann", "at": AT, "matter": "m\u200b1;e\u0301"}).matter == event.matter


def logs(folder: Path, rows: list[dict[str, Any]]) -> list[Path]:
    """Write rows in each format that has its own way into an audit."""
    names = list(rows[0])
    table = pa.Table.from_pylist([{k: str(v) for k, v in row.items()} for row in rows])
    lines = [",".join(names), *(",".join(str(row[name]) for name in names) for row in rows)]
    (folder / "log.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    pq.write_table(table, folder / "log.parquet")
    coded = table.set_column(0, "person", table.column("person").dictionary_encode())
    pq.write_table(coded, folder / "coded.parquet")
    return [folder / name for name in ("log.csv", "log.jsonl", "log.parquet", "coded.parquet")]


ROWS = [
    {"person": "Zo\u00e9", "at": "2025-03-01T09:00:00Z", "kind": "opt-out", "actor": "a 1"},
    {"person": "\u00a0Zoe\u0301\u2003", "at": "2025-03-02T09:00:00Z", "kind": "mail", "actor": "A\u20111"},
    {"person": "Zo\u200b\u00e9", "at": "2025-03-03T09:00:00Z", "kind": "mail", "actor": "a\u00ad 1"},
    {"person": "zo\u00e9-", "at": "2025-03-04T09:00:00Z", "kind": "mail", "actor": "b"},
    {"person": "\u200b", "at": "2025-03-05T09:00:00Z", "kind": "mail", "actor": "b"},
]


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_every_reader_knows_a_person_again_and_tells_of_the_rest(tmp_path: Path, back_end: BackEnd) -> None:
    text = (
        STOP.replace("}\n", "}\n", 1) + 'rules.own = { kind = "forbidden", contact = { actor = "none" } }\n'
    )
    reports = [Engine.of(text).audit(path, engine=back_end) for path in logs(tmp_path, ROWS)]
    for report in reports:
        assert [finding.event for finding in report.findings] == ["#2", "#3"]
        assert report.summary.persons == 2
        assert (report.summary.rows_rejected, report.summary.events) == (1, 4)
        told = {(each.code, each.message.split("`")[1]): each for each in report.notices}
        hidden = told["invisible-characters", "person"]
        assert (hidden.count, hidden.example) == (2, "Zo\\u200b\u00e9")
        assert told["invisible-characters", "actor"].count == 1
        near = told["near-persons", "person"]
        assert (near.count, near.example) == (2, "`Zo\u00e9` and `zo\u00e9-`")
        assert told["near-persons", "actor"].count == 2


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_matters_and_attributes_of_a_scope_are_known_again(back_end: BackEnd) -> None:
    rule = (
        '{ kind = "maximum-contacts", contact = {}, limit = 1, window = "ever", per = ["matter", "group"] }'
    )
    events = [
        {"person": "a", "at": AT, "matter": ["e\u0301 "], "group": "x"},
        {"person": "b", "at": AT + 1, "matter": "\u00e9", "group": " x\u200b"},
    ]
    report = Engine.of(HEAD + f'attributes.group = "text"\nrules.one = {rule}').audit(events, engine=back_end)
    assert [finding.scope for finding in report.findings] == [(("matter", "\u00e9"), ("group", "x"))]


def test_near_texts_are_those_that_only_look_different() -> None:
    assert near_forms(["Ann-Lee", "ann lee", "ANN\u2011LEE", "+1 (202)", "\u200b--"]) == [
        "annlee",
        "annlee",
        "annlee",
        "1202",
        "",
    ]
    assert len(set(near_forms(["\u0915\u093f", "\u0915\u093e"]))) == 2
    near = find_near(["b.b", "c", "ann", "Ann", "a nn", "bb", "-", "."])
    assert near is not None
    assert (near.count, near.example) == (5, ("Ann", "a nn"))
    assert find_near(["ann", "bob"]) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(ODD, min_size=1, max_size=5) | st.text(min_size=1, max_size=70), max_size=12))
def test_both_engines_find_the_same_near_persons(persons: list[str]) -> None:
    persons = [person.replace("\0", "") for person in persons]
    texts = [
        person
        for person in persons
        if identity(person) and not any(0xD800 <= ord(c) < 0xE000 for c in person)
    ]
    events = [Event(person, AT, kind="mail" if n % 2 else "note") for n, person in enumerate(texts)]
    one, other = (Engine.of(STOP).audit(events, engine=back_end).summary for back_end in BACK_ENDS)
    assert one == other
    near = find_near({event.person for event in events})
    assert one.near == ({} if near is None else {"person": near})


def test_very_many_persons_are_looked_at_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    from comity.columnar.partitions import near_persons as near

    monkeypatch.setattr(near, "_MOST", 64)
    events = [Event(f"{'p' if n % 2 else 'P'}{n // 2}", AT) for n in range(1_000)]
    found = Engine.of(STOP).audit(events, engine="columnar").summary.near["person"]
    assert 0 < found.count <= 64
    assert found.count % 2 == 0


# --- policies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "channel"),
    [("follow\u2011up", "e\u2013mail"), ("Follow\u00a0Up", "E\u2212Mail"), ("follow\u2003up", "e mail")],
)
def test_dashes_and_spaces_of_every_kind_are_alike(kind: str, channel: str) -> None:
    engine = Engine.of(
        HEAD
        + f'rules.none = {{ kind = "forbidden", contact = {{ kind = "{kind}", channel = "{channel}" }} }}'
    )
    assert engine.decide([], Event("ann", AT, kind="follow_up", channel="email")).outcome == "deny"
    plain = Engine.of(
        HEAD + 'rules.none = { kind = "forbidden", contact = { kind = "follow-up", channel = "email" } }'
    )
    assert plain.decide([], Event("ann", AT, kind=kind, channel=channel)).outcome == "deny"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("ca\u200bll", "U+200B ZERO WIDTH SPACE"),
        ("call\u200f", "U+200F RIGHT-TO-LEFT MARK"),
        ("\ufeffcall", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("ca\u00adll", "U+00AD SOFT HYPHEN"),
    ],
)
def test_a_value_that_only_looks_right_is_an_error(value: str, name: str) -> None:
    for rule in (
        f'{{ kind = "forbidden", contact = {{ kind = "{value}" }} }}',
        f'{{ kind = "forbidden", contact = {{ actor = {{ not = ["a", "{value}"] }} }} }}',
        f'{{ kind = "message-style", contact = {{}}, forbid-phrases = ["{value}"] }}',
    ):
        with pytest.raises(PolicyError) as caught:
            Engine.of(HEAD + f"rules.r = {rule}")
        (problem,) = caught.value.problems
        assert (problem.code, problem.place.line) == ("invisible-character", 3)
        assert name in problem.message
    Engine.of(
        HEAD.replace('title = "p"', f'title = "{value}"') + 'rules.r = { kind = "forbidden", contact = {} }'
    )


@pytest.mark.parametrize("digits", [20, 400, 5000])
def test_whole_numbers_that_are_too_large_have_a_place(digits: int) -> None:
    rule = f'{{ kind = "maximum-contacts", contact = {{}}, window = "7d", limit = {"9" * digits} }}'
    with pytest.raises(PolicyError) as caught:
        Engine.of(HEAD + f"rules.r = {rule}")
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line) == ("bad-value" if digits < 4000 else "syntax", 3)
    assert problem.place.column == rule.index("9") + 1 + len("rules.r = ")


# --- addresses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "Ann@Example.org",
        " ann@example.org\u00a0",
        "mailto:ann@example.org?subject=Hello",
        "Ann Lee <MAILTO:ann@example.org>",
        '"Lee, Ann" <ann@example.org>',
        "ann@example.org (Ann Lee)",
        "'ann@example.org'",
        "<ann@example.org>;",
        "ann@example.org.",
    ],
)
def test_an_email_address_has_one_form(written: str) -> None:
    assert normalise_email(written) == "ann@example.org"


@pytest.mark.parametrize(
    "written", ["", "ann", "ann@", "@example.org", "a@b@c", "a@x.org, b@x.org", "a b@x.org", "a@x..org"]
)
def test_what_is_no_email_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        normalise_email(written)


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_the_core_knows_email_addresses(tmp_path: Path, back_end: BackEnd) -> None:
    rows = [
        {"person": "ANN@EXAMPLE.ORG", "at": "2025-03-01T09:00:00Z", "kind": "opt-out"},
        {"person": "Ann <ann@example.org>", "at": "2025-03-02T09:00:00Z", "kind": "mail"},
        {"person": "ann at home", "at": "2025-03-02T09:00:00Z", "kind": "mail"},
    ]
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('comity = 1\nfields.person = { column = "person", address = "E-Mail" }\n', "utf-8")
    engine = Engine.of(STOP)
    for path in logs(tmp_path, rows):
        report = engine.audit(engine.log(path, mapping=load_mapping(mapping)), engine=back_end)
        assert [(finding.person, finding.event) for finding in report.findings] == [("ann@example.org", "#2")]
        assert report.summary.rows_rejected == 1


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("phone", "nothing says how addresses of the channel `phone` are written"),
        ("letter", "nothing says how addresses of the channel `letter` are written"),
        ("emial", "`emial` is not a known channel"),
    ],
)
def test_an_address_of_which_nothing_is_known_is_refused(tmp_path: Path, channel: str, said: str) -> None:
    engine = Engine.of(STOP)
    mapping = tmp_path / "mapping.toml"
    text = f'comity = 1\n\n[fields]\nperson = {{ column = "person", address = "{channel}" }}\n'
    mapping.write_text(text, "utf-8")
    with pytest.raises(PolicyError) as caught:
        load_mapping(mapping, channels=engine.plugins.channels)
    (problem,) = caught.value.problems
    assert (problem.message, problem.place.line) == (said, 4)
    assert ("pip install comity-telephony" in problem.help) is (channel == "phone")
    assert ("did you mean `email`" in problem.help) is (channel == "emial")
    for path in logs(tmp_path, ROWS):
        for back_end in BACK_ENDS:
            with pytest.raises(UsageError, match=said.replace("`", ".")):
                engine.audit(engine.log(path, mapping=load_mapping(mapping)), engine=back_end)


# --- characters that show nothing, wherever they come from ---------------------------------------------


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("field", ["kind", "channel", "outcome", "actor", "matter", "direction"])
def test_characters_that_show_nothing_are_told_of_each_field_that_is_read(
    tmp_path: Path, back_end: BackEnd, field: str
) -> None:
    text = HEAD + (
        'rules.own = { kind = "forbidden", contact = { actor = "x", matter = "m", outcome = "none" } }\n'
    )
    row = {"person": "ann", "kind": "call", "channel": "phone", "outcome": "ok", "actor": "x", "matter": "m"}
    row["direction"] = "outbound"
    written = f"{row[field][:1]}\u200b{row[field][1:]}"
    rows = [{**row, "at": AT}, {**row, "at": AT + 1, field: written}]
    every: list[Any] = [*logs(tmp_path, rows), [Event.of(each) for each in rows], rows]
    for log in every:
        notices = Engine.of(text).audit(log, engine=back_end).notices
        found = [notice for notice in notices if notice.code == "invisible-characters"]
        if field == "direction" and isinstance(log, list):
            assert not found  # `Event.of` reads it as one of three words.
            continue
        assert [(notice.count, notice.message.split("`")[1]) for notice in found] == [(1, field)]
        assert found[0].example is not None
        assert "\\u200b" in found[0].example


def test_a_decision_tells_of_characters_that_show_nothing() -> None:
    engine = Engine.of(HEAD + 'rules.r = { kind = "forbidden", contact = { kind = "mail" } }')
    proposed = Event("an\u00adn", AT, kind="ca\u200bll", matter=("m", "n\u2060"))
    told = {
        notice.message.split("`")[1]: notice.example
        for notice in engine.decide([], proposed).notices
        if notice.code == "invisible-characters"
    }
    assert told == {"person": "an\\xadn", "kind": "ca\\u200bll", "matter": "n\\u2060"}
    assert engine.decide([], Event("zoe\u0301", AT, kind="visit")).notices == ()


def test_names_of_fields_are_known_in_other_spellings() -> None:
    made = Event.of({"Person": "ann", "AT": AT, "Time Zone": "Europe/Rome", "date-only": True, "Team": "x"})
    assert made == Event("ann", AT, timezone="Europe/Rome", date_only=True, attributes={"Team": "x"})
    assert Event.of({"kind": "call", "Kind": "x", "person": "a", "at": AT}).kind == "call"


@pytest.mark.parametrize(
    ("name", "meant"), [("chanel", "channel"), ("outcom", "outcome"), ("dircetion", "direction")]
)
def test_a_name_that_is_near_a_field_is_refused(name: str, meant: str) -> None:
    row = {"person": "ann", "at": AT, name: "x"}
    with pytest.raises(EventError, match=f"did you mean `{meant}`"):
        Event.of(row)
    with pytest.raises(EventError, match=f"did you mean `{meant}`"):
        Engine.of(STOP).decide([], row)
    assert Event.of({"person": "ann", "at": AT, "attributes": {name: "x"}}).attributes == {name: "x"}


def test_two_spellings_of_one_field_are_refused() -> None:
    with pytest.raises(EventError, match="`Kind` and `KIND`, which could both be `kind`"):
        Event.of({"person": "ann", "at": AT, "Kind": "call", "KIND": "visit"})


@pytest.mark.parametrize("seconds", [1_740_000_000, 1_740_000_000_000])
@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_a_list_of_events_in_another_unit_is_refused(seconds: int, back_end: BackEnd) -> None:
    engine = Engine.of(STOP)
    for ask in (
        lambda: engine.audit([Event("ann", AT), Event("ann", seconds)], engine=back_end),
        lambda: engine.decide([], Event("ann", seconds)),
        lambda: History([Event("ann", seconds)]),
    ):
        with pytest.raises(EventError, match="surely in"):
            ask()
