from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
import sqlite3
import threading
from collections import namedtuple
from typing import Any

import attrs
import pytest
from scene import DAY, ENGINE, HOUR, START, TEXT, call, failing, other

from comity import Engine, Event, EventError, History, Plugins, PolicyError, RuleError, UsageError
from comity.results.decisions import Outcome

CALLS = [call(0, "a"), call(3, "b"), call(6, "c")]


def test_a_decision_names_the_rules_the_contacts_before_and_when() -> None:
    decision = ENGINE.decide(CALLS, call(7, "d"))
    assert decision.outcome == "deny"
    assert [(f.rule, f.evidence) for f in decision.findings] == [("gap", ("c",)), ("limit", ("a", "b", "c"))]
    assert decision.next_allowed == START + 30 * DAY
    assert decision.to_text() == (
        "Not allowed. The call by phone came 1d after `c`; at least 2d must lie between. "
        "(calls/gap; earlier: `c`) "
        "The call by phone makes 4 in 30d; at most 3 are allowed. (calls/limit; earlier: `a`, `b`, `c`) "
        "It will be allowed from Fri 2025-03-21 21:20 in UTC."
    )
    assert decision.to_text("Asia/Tokyo").endswith(
        "It will be allowed from Sat 2025-03-22 06:20 in Asia/Tokyo."
    )
    with pytest.raises(EventError, match="`Mars` is not a time zone"):
        decision.to_text("Mars")


def test_a_decision_as_a_dict_has_these_keys() -> None:
    made = ENGINE.decide(CALLS[:1], call(1, "d")).to_dict()
    assert json.loads(json.dumps(made)) == made
    assert list(made) == [
        *("outcome", "findings", "next_allowed", "allowed", "event", "at", "judged", "policies"),
        *("unreadable", "notices"),
    ]
    assert made["next_allowed"] == "2025-02-21T21:20:00Z"
    assert (made["allowed"], made["event"], made["at"]) == (False, "d", "2025-02-20T21:20:00Z")
    assert (made["judged"], made["policies"]) == (3, {"calls": "1"})
    assert list(made["findings"][0]) == [
        *("policy", "rule", "kind", "severity", "status", "person", "scope", "event", "at"),
        *("evidence", "measured", "required", "allowed_from", "due", "message"),
    ]


def test_a_decision_has_no_truth_value_and_says_whether_it_allows() -> None:
    denied, allowed = ENGINE.decide(CALLS[:1], call(1)), ENGINE.decide([], call(1))
    assert (denied.allowed, allowed.allowed) == (False, True)
    for decision in (denied, allowed):
        with pytest.raises(UsageError, match="ask `allowed`"):
            bool(decision)
        with pytest.raises(TypeError):
            assert not decision
    warned = Engine.of(TEXT.replace('gap = "2d"', 'gap = "2d"\nseverity = "info"')).decide(CALLS[:1], call(1))
    assert warned.allowed
    assert not failing().decide([], call(0, "bad")).allowed


def test_a_decision_tells_how_many_rules_looked_at_the_contact() -> None:
    assert ENGINE.decide([], call(0)).judged == 3
    none = ENGINE.decide([], other("letter", 0))
    assert (none.outcome, none.judged) == ("allow", 0)
    assert none.to_text() == "Allowed, but no rule looked at such a contact."
    dated = TEXT.replace('gap = "2d"', 'gap = "2d"\neffective = { from = 2026-01-01 }\ntimezone = "UTC"')
    assert Engine.of(dated).decide([], call(0)).judged == 2
    scopes = Engine.of(TEXT.replace('gap = "2d"', 'gap = "2d"\nper = ["matter"]'))
    assert scopes.decide([], attrs.evolve(call(0), matter=("m1", "m2"))).judged == 3


def test_a_decision_tells_what_it_could_not_read() -> None:
    text = TEXT + '[events.good]\nscore = { at-least = 3 }\n[attributes]\nscore = "number"\n'
    engine = Engine.of(text)
    assert engine.decide([], attrs.evolve(call(0), attributes={"score": "4"})).unreadable == {}
    unread = engine.decide([], attrs.evolve(call(0), attributes={"score": "four"}))
    assert unread.unreadable == {"calls/score": "four"}


def test_instants_are_offered_as_datetimes_with_a_zone() -> None:
    denied = ENGINE.decide(CALLS[:1], call(1))
    assert denied.next_allowed_at == dt.datetime(2025, 2, 21, 21, 20, tzinfo=dt.UTC)
    assert denied.event_at == call(1).event_at == dt.datetime(2025, 2, 20, 21, 20, tzinfo=dt.UTC)
    (finding,) = denied.findings
    assert (finding.event_at, finding.allowed_from_at, finding.due_at) == (
        denied.event_at,
        denied.next_allowed_at,
        None,
    )
    (slot,) = ENGINE.slots(CALLS[:1], call(1), until=dt.datetime(2025, 3, 1, tzinfo=dt.UTC))
    assert (slot.start_at, slot.end_at) == (denied.next_allowed_at, None)
    (owed,) = ENGINE.obligations([other("interview", 0)], call(0).event_at)
    assert (owed.event_at, owed.due_at) == (call(0).event_at, call(1).event_at)
    thanks = ENGINE.explain([], other("interview", 0))[-1]
    assert (thanks.due_at, thanks.allowed_from_at) == (call(1).event_at, call(0).event_at)
    assert ENGINE.decide([other("opt-out", 0)], call(1)).next_allowed_at is None


def test_an_audit_takes_datetimes_and_texts_for_instants() -> None:
    begin = dt.datetime(2025, 2, 20, tzinfo=dt.UTC)
    events = [call(0, "a"), call(1, "b"), call(1.5, "c")]
    one = ENGINE.audit(events, since=begin, until="2025-02-21T00:00:00Z", as_of=events[-1].event_at)
    assert [finding.event for finding in one.findings] == ["b"]
    with pytest.raises(EventError, match="has no time zone"):
        ENGINE.audit(events, since=dt.datetime(2025, 2, 20))


def test_an_event_as_a_dict_is_read_back() -> None:
    event = Event.of(
        {"person": "ann", "at": START, "id": "e", "matter": "m1;m2", "timezone": "Europe/Paris", "score": 3}
    )
    made = event.to_dict()
    assert json.loads(json.dumps(made)) == made
    assert (made["at"], made["matter"]) == ("2025-02-19T21:20:00Z", ["m1", "m2"])
    assert Event.of(made) == event
    assert Event.of(call(0).to_dict()) == call(0)


def test_an_engine_pickles_with_its_policies_and_plugins() -> None:
    history = [call(0, "a")]
    again = pickle.loads(pickle.dumps(ENGINE))
    assert again.decide(history, call(1)) == ENGINE.decide(history, call(1))
    assert copy.deepcopy(ENGINE).decide(history, call(1)) == ENGINE.decide(history, call(1))
    frail = pickle.loads(pickle.dumps(failing()))
    assert frail.decide([], call(0, "bad")) == failing().decide([], call(0, "bad"))
    shipped = Engine.of("interview-follow-up", plugins=Plugins.installed())
    assert pickle.loads(pickle.dumps(shipped)).plan == shipped.plan


def test_what_is_never_allowed_says_so() -> None:
    decision = ENGINE.decide([other("opt-out", 0, "o")], call(400))
    assert decision.next_allowed is None
    assert decision.to_text().endswith(
        "(calls/stop; earlier: `o`) No later time is known at which it would be allowed."
    )
    assert ENGINE.decide([], call(0)).to_text() == "Allowed: no rule forbids it."


def test_a_warning_does_not_forbid() -> None:
    engine = Engine.of(TEXT.replace('gap = "2d"', 'gap = "2d"\nseverity = "warning"'))
    decision = engine.decide(CALLS[:1], call(1))
    assert (decision.outcome, decision.next_allowed) == ("warn", START + DAY)
    assert decision.to_text().startswith("Allowed, with a warning. The call by phone came 1d after `a`")


def test_reasons_do_not_change_when_the_history_goes_on() -> None:
    history = History(CALLS)
    decision = ENGINE.decide(history, call(7, "d"))
    for event in (other("opt-out", 8), other("opt-in", 9), call(50)):
        history.append(event)
        ENGINE.decide(history, event)
    assert decision == ENGINE.decide(CALLS, call(7, "d"))


def test_events_may_be_mappings_rows_or_objects() -> None:
    fields = ("person", "at", "kind", "id")
    when = [dt.datetime.fromtimestamp(event.at / 1e6, dt.UTC) for event in CALLS]
    rows = [("ann", str(at), "call", name) for at, name in zip(when, "abc", strict=True)]
    as_dicts = [dict(zip(fields, row, strict=True)) for row in rows]
    as_dicts[0]["at"] = when[0]  # type: ignore[assignment]
    proposed = {"person": "ann", "at": "2025-02-26T21:20:00Z", "kind": "call", "channel": "phone", "id": "d"}
    expected = ENGINE.decide(CALLS, call(7, "d"))
    assert ENGINE.decide(as_dicts, proposed) == expected
    assert ENGINE.decide(iter(as_dicts), proposed) == expected
    assert ENGINE.decide(History(rows, fields=fields), proposed) == expected
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.execute("create table events (person, at, kind, id)")
    database.executemany("insert into events values (?, ?, ?, ?)", rows)
    assert ENGINE.decide(database.execute("select * from events"), proposed) == expected
    database.close()


def test_a_sorted_sequence_is_read_where_it_is() -> None:
    class Kept(list[Event]):
        copied = False

        def __iter__(self) -> Any:
            return super().__iter__()

        def copy(self) -> Any:
            raise AssertionError("copied")

    kept = Kept(CALLS)
    assert ENGINE.decide(kept, call(7, "d")) == ENGINE.decide(CALLS, call(7, "d"))
    assert kept == CALLS


def test_an_unsorted_history_is_put_in_order() -> None:
    shuffled = [CALLS[2], CALLS[0], CALLS[1]]
    assert ENGINE.decide(shuffled, call(7, "d")) == ENGINE.decide(CALLS, call(7, "d"))
    assert ENGINE.decide(History(shuffled), call(7, "d")) == ENGINE.decide(CALLS, call(7, "d"))
    assert shuffled[0] is CALLS[2]


def test_a_proposed_event_before_the_last_one_is_judged_by_what_is_before_it() -> None:
    later = [*CALLS, other("opt-out", 8)]
    alone = ENGINE.decide(CALLS, call(7, "d"))
    for history in (later, History(later)):
        denied = ENGINE.decide(history, call(7, "d"))
        assert (denied.outcome, denied.findings) == ("deny", alone.findings)
        assert denied.next_allowed is None
        assert ENGINE.decide(history, call(7, "d"), later="ignore") == alone
        assert ENGINE.decide(history, call(60)).outcome == "deny"
    with pytest.raises(UsageError, match="`later` is 'no': allowed are `count` and `ignore`"):
        ENGINE.decide(later, call(7), later="no")  # type: ignore[arg-type]


def test_a_later_event_that_the_contact_breaks_is_a_finding() -> None:
    booked = [call(1, "wed"), call(4, "sat"), call(7, "tue")]
    for history in (booked, History(booked), iter(booked)):
        denied = ENGINE.decide(history, call(-3, "d"))
        assert denied.outcome == "deny"
        (finding,) = denied.findings
        assert (finding.rule, finding.event, finding.because_of) == ("limit", "tue", "d")
        assert finding.evidence == ("d", "wed", "sat")
        assert finding.to_dict()["because_of"] == "d"
        assert denied.next_allowed == START + 31 * DAY
        assert (
            "(calls/limit; of the later `tue`, Wed 2025-02-26 21:20 in UTC; earlier: `d`, `wed`, `sat`)"
            in (denied.to_text())
        )
    assert "because_of" not in ENGINE.decide(booked, call(8)).findings[0].to_dict()
    assert ENGINE.decide(booked, call(-3), later="ignore").outcome == "allow"


def test_what_the_contact_is_to_later_ones_counts_too() -> None:
    opt_out = ENGINE.decide([call(5, "a")], other("opt-out", 2, "o"))
    assert [(f.rule, f.event, f.because_of) for f in opt_out.findings] == [("stop", "a", "o")]
    assert (opt_out.outcome, opt_out.judged, opt_out.next_allowed) == ("deny", 0, START + 5 * DAY)
    assert ENGINE.decide([other("opt-out", 0), call(5, "a")], other("opt-in", 2)).outcome == "allow"
    assert ENGINE.decide([other("opt-in", 3), call(5, "a")], other("opt-out", 2)).outcome == "allow"


def test_a_next_allowed_that_is_asked_for_late_is_of_the_history_as_it_was() -> None:
    history = History([call(1, "a"), call(4, "b"), call(50, "c")])
    decision = ENGINE.decide(history, call(0, "d"))
    expected = ENGINE.decide(list(history), call(0, "d")).next_allowed
    for number in range(200):
        history.insert(call(2 + number / 10))
    ENGINE.decide(history, call(60))
    assert (decision.next_allowed, expected) == (START + 6 * DAY, START + 6 * DAY)


def test_slots_lie_between_what_is_booked() -> None:
    booked = [call(4, "a"), call(9, "b")]
    for history in (booked, History(booked)):
        slots = ENGINE.slots(history, call(0), 3)
        assert [(slot.start - START, slot.end and slot.end - START) for slot in slots] == [
            (0, 2 * DAY + 1),
            (6 * DAY, 7 * DAY + 1),
            (11 * DAY, None),
        ]
        assert ENGINE.slots(history, call(0), 1, later="ignore")[0].end is None


def test_a_history_refuses_an_event_that_comes_again_or_leaves_it_out() -> None:
    for give in (History.append, History.insert):
        history = History([call(0, "a"), call(3, "b")])
        with pytest.raises(EventError, match='is known already: with `repeated="ignore"`'):
            give(history, call(3, "b"))
        assert give(history, call(3, "c"))
        assert give(history, call(3, "b", person="bob"))
        assert give(history, call(3))
        assert give(history, call(3))
        assert len(history) == 6
        ignoring = History([call(0, "a"), call(3, "b"), call(0, "a")], repeated="ignore")
        assert not give(ignoring, call(3, "b"))
        assert len(pickle.loads(pickle.dumps(ignoring))) == 2
        assert not give(pickle.loads(pickle.dumps(ignoring)), call(0, "a"))
    assert not History([call(0, "a"), call(3, "b")], repeated="ignore").insert(call(0, "a"))
    with pytest.raises(EventError, match="the event `a` at"):
        History([call(0, "a"), call(0, "a")])
    with pytest.raises(UsageError, match="allowed are `refuse`, `ignore`"):
        History(repeated="no")  # type: ignore[arg-type]


def test_what_came_late_is_told_of_long_after_it_matters() -> None:
    rest = 'kind = "stop-after"\ncontact = "call"\nafter = { kind = "complaint" }\nfor = "5d"'
    text = TEXT.replace("[rules.thanks]", f"[rules.rest]\n{rest}\n[rules.thanks]")
    engine = Engine.of(text)
    for days in (1, 300):
        history = History([call(day, f"c{day}") for day in range(0, 2000, 3)])
        engine.decide(history, call(2010))
        history.insert(other("complaint", days, "late"))
        for asked in (500, 2010):
            told = engine.explain(history, call(asked, "new"))
            assert told == engine.explain(list(history), call(asked, "new"))
            (one,) = [each for each in told if each.rule == "rest"]
            assert one.measured == f"{asked - days}d after `late`"


def test_what_was_lifted_stays_so_in_a_question_into_the_middle() -> None:
    text = TEXT + (
        '[events.asked]\nkind = "ask"\n[rules.agreed]\nkind = "forbidden"\n'
        'contact = { kind = "call", preceded-by = { event = "asked", until = "opt-out" } }\n'
    )
    engine = Engine.of(text)
    before = [other("ask", day / 100) for day in range(70)]
    later = [other("opt-out", 1), other("opt-in", 2), other("letter", 3), call(90, "z")]
    history = History([*before, *later])
    engine.decide(history, call(100))
    for form in (history, list(history)):
        assert engine.decide(form, call(5, "new")).outcome == "allow"
        assert engine.decide(form, call(0.9, "new")).findings[0].rule == "agreed"
    late = History([*before, call(90, "z")])
    assert engine.decide(late, call(100)).outcome == "deny"
    late.insert(other("opt-out", 1))
    late.insert(other("opt-in", 2))
    assert engine.decide(late, call(100)) == engine.decide(list(late), call(100))
    assert engine.decide(late, call(100)).outcome == "allow"


def test_numbers_of_events_stay_when_others_come_late() -> None:
    history = History([call(0), call(10)])
    ENGINE.decide(history, call(20))
    history.insert(call(5))
    assert ENGINE.decide(history, call(11)).findings[0].evidence == ("#2",)
    assert ENGINE.decide(history, call(6)).findings[0].evidence == ("#3",)
    again = pickle.loads(pickle.dumps(history))
    assert ENGINE.decide(again, call(6)).findings[0].evidence == ("#3",)
    again.append(call(30))
    assert ENGINE.decide(again, call(31)).findings[0].evidence == ("#4",)


def test_a_plugin_that_fails_for_a_later_event_leaves_nothing_known() -> None:
    history = [call(0.5, "bad"), call(3, "b")]
    assert failing().decide(history[1:], call(0)).outcome == "allow"
    assert failing().decide(history, call(0)).outcome == "allow"


def test_events_of_another_person_do_not_count() -> None:
    mixed = sorted([*CALLS, *(call(day, person="bob") for day in (1, 6.5))], key=lambda event: event.at)
    assert ENGINE.decide(mixed, call(7, "d")) == ENGINE.decide(CALLS, call(7, "d"))
    assert ENGINE.decide(History(mixed), call(7, "d")) == ENGINE.decide(CALLS, call(7, "d"))
    together = Engine.of(TEXT.replace('version = "1"', 'version = "1"\nper = []'))
    assert together.decide([call(6, person="bob")], call(7)).outcome == "deny"


NAIVE = dt.datetime(2025, 2, 26, 21, 20)


@pytest.mark.parametrize(
    ("proposed", "message"),
    [
        ({"person": "ann", "at": NAIVE}, "has no time zone: give it a `tzinfo`"),
        (Event("ann", NAIVE, kind="call"), "has no time zone"),
        (Event("ann", "2025-02-26 21:20", kind="call"), "has no offset"),
        (Event("ann", 1.5e15, kind="call"), "whole microseconds"),  # type: ignore[arg-type]
        ({"person": "ann", "at": "2025-02-26 21:20"}, "has no offset"),
        ({"person": "ann", "at": 10**20}, "outside the years 1 to 9999"),
        ({"person": "ann"}, "the event has no `at`"),
        ({"at": START, "person": " "}, "`person` is ' '"),
        ({"at": START, "person": "ann", "timezone": "Europe/Pariss"}, "did you mean `Europe/Paris`"),
        (Event("ann", START, timezone="Europe/Pariss"), "did you mean `Europe/Paris`"),
        ({"at": START, "person": "ann", "direction": "upwards"}, "is not a direction"),
        (Event("ann", START, direction="upwards"), "is not a direction"),
        ({"at": START, "person": "ann", "matter": 5}, "`matter` is 5"),
        ({"at": START, "person": "ann", "score": {"a": 1}}, r"the attribute `score` is {'a': 1}"),
        ({"at": START, "person": "ann", "score": float("nan")}, "the attribute `score` is nan"),
        ({"at": START, "person": "ann", "attributes": 5}, "`attributes` a mapping"),
        ({"at": START, "person": "ann", 3: 4}, "the names of fields and attributes are texts"),
        (Event("ann", 10**18), "outside the years 1 to 9999"),
        (Event("ann", -(10**18)), "outside the years 1 to 9999"),
        (Event(7, START), "`person` is 7"),  # type: ignore[arg-type]
        (Event("ann", START, kind=None), "`kind` is None"),  # type: ignore[arg-type]
        (Event("ann", START, channel=5), "`channel` is 5"),  # type: ignore[arg-type]
        (Event("ann", START, outcome=5), "`outcome` is 5"),  # type: ignore[arg-type]
        (Event("ann", START, matter="abc"), "`matter` is 'abc'"),  # type: ignore[arg-type]
        (None, "`NoneType` is not an event"),
        (5, "`int` is not an event"),
        (("ann", START), "the names of its fields"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_unusable_event_is_an_error_and_never_an_answer(proposed: Any, message: str) -> None:
    with pytest.raises(EventError, match=message):
        ENGINE.decide([], proposed)
    if not isinstance(proposed, Event) or type(proposed.at) is not int:
        with pytest.raises(EventError, match=message):
            ENGINE.decide([proposed], call(7))
    with pytest.raises(EventError, match=message):
        History([proposed])
    with pytest.raises(EventError, match=message):
        ENGINE.monitor().feed(proposed)
    with pytest.raises(EventError, match=message):
        ENGINE.monitor(lateness=dt.timedelta(hours=1)).feed(proposed)


def test_rows_must_fit_their_fields() -> None:
    with pytest.raises(EventError, match="the row has 2 values, and 3 fields are named"):
        History([("ann", START)], fields=("person", "at", "kind"))


def test_an_event_is_made_of_loose_values() -> None:
    Row = namedtuple("Row", "person at")
    made = Event.of(
        {
            "person": 7,
            "at": dt.datetime(2025, 3, 1, 10, tzinfo=dt.timezone(dt.timedelta(hours=1))),
            "kind": "",
            "direction": "Incoming",
            "matter": "m1; m2;m1",
            "outcome": None,
            "score": 4,
            "since": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
            "attributes": {"text": "Dear all"},
        }
    )
    assert made == Event(
        "7",
        1_740_819_600_000_000,
        direction="inbound",
        matter=("m1", "m2"),
        attributes={"text": "Dear all", "score": 4, "since": "2025-01-01T00:00:00Z"},
    )
    assert History([Row("ann", START)], fields=Row._fields)[0] == Event("ann", START)


def test_a_history_takes_what_comes_next_and_puts_in_what_comes_late() -> None:
    history = History(CALLS[:2])
    with pytest.raises(EventError, match=r"earlier than the last of the history.*`insert` takes"):
        history.append(call(1))
    assert len(history) == 2
    assert ENGINE.decide(history, call(10)).outcome == "allow"
    history.extend(CALLS[2:])
    assert ENGINE.decide(history, call(10)).outcome == "deny"
    history.insert(call(-60, "z"))
    history.insert(call(6.5, "late"))
    assert [event.id for event in history] == ["z", "a", "b", "c", "late"]
    assert ENGINE.decide(history, call(9, "d")).findings[0].evidence == ("b", "c", "late")
    assert list(history[1:3]) == CALLS[:2]
    assert "History([Event(" in repr(history)


def test_a_history_keeps_the_index_of_a_few_engines() -> None:
    history = History(CALLS)
    engines = [Engine.of(TEXT.replace("limit = 3", f"limit = {limit}")) for limit in range(1, 8)]
    for _ in range(2):
        outcomes = [engine.decide(history, call(10)).outcome for engine in engines]
        assert outcomes == ["deny"] * 3 + ["allow"] * 4
    assert len(history.indexes) == 4


def test_an_event_that_fails_leaves_no_half_made_index() -> None:
    history = History(CALLS[:1])
    ENGINE.decide(history, call(10))
    history.events.append(Event("ann", START + DAY, direction="upwards"))
    for _ in range(2):
        with pytest.raises(EventError, match="is not a direction"):
            ENGINE.decide(history, call(10))
    history.events.pop()
    assert ENGINE.decide(history, call(10)).outcome == "allow"


def test_threads_share_an_engine_and_a_history() -> None:
    history = History()
    outcomes: list[set[Outcome]] = []

    def ask() -> None:
        mine: set[Outcome] = set()
        for _ in range(300):
            mine.add(ENGINE.decide(history, call(1000)).outcome)
        outcomes.append(mine)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(300):
        history.append(call(number / 10, f"n{number}"))
    for thread in threads:
        thread.join()
    assert outcomes == [{"allow"}] * 4
    fresh = ENGINE.decide(list(history), call(30, "p"))
    assert ENGINE.decide(history, call(30, "p")) == fresh


def test_explaining_names_every_rule_with_its_room() -> None:
    told = {e.rule: e for e in ENGINE.explain(CALLS, call(10, "d"))}
    assert list(told) == ["gap", "limit", "stop", "thanks"]
    assert [told[rule].standing for rule in told] == ["kept", "broken", "kept", "not-judged"]
    assert told["gap"].message == "4d after `c`; required: at least 2d; this contact is possible."
    assert (told["limit"].measured, told["limit"].room) == ("3 of 3 in 30d used", 0)
    assert told["limit"].message.endswith("(allowed from 2025-03-21T21:20:00Z)")
    assert (
        told["stop"].message
        == "Nothing before it that counts; required: none after `opt-out`; this contact is possible."
    )
    room = ENGINE.explain(CALLS[:1], call(10))[1]
    assert (room.standing, room.room, room.measured) == ("kept", 2, "1 of 3 in 30d used")
    assert room.allowed_from == START + 10 * DAY
    (thanks,) = [e for e in ENGINE.explain([], other("interview", 0)) if e.rule == "thanks"]
    assert (thanks.standing, thanks.due) == ("obliges", START + DAY)
    assert thanks.to_dict()["due"] == "2025-02-20T21:20:00Z"
    assert json.loads(json.dumps([e.to_dict() for e in told.values()]))


def test_slots_are_given_in_their_order() -> None:
    hours = Engine.of(TEXT.replace("[events.call]", HOURS + "[events.call]"))
    slots = hours.slots(CALLS[:1], call(1), 3, until="2025-02-24T12:00:00Z")
    assert [slot.to_dict() for slot in slots] == [
        {"start": "2025-02-21T21:20:00Z", "end": "2025-02-21T22:00:00Z"},
        {"start": "2025-02-24T09:00:00Z", "end": "2025-02-24T22:00:00Z"},
    ]
    assert hours.slots(CALLS[:1], call(1), 3, until=START + 2 * DAY) == ()
    assert ENGINE.slots([other("opt-out", 0)], call(1), 3) == ()
    (open_slot,) = ENGINE.slots([], call(1), 3)
    assert open_slot.to_dict() == {"start": "2025-02-20T21:20:00Z", "end": None}
    with pytest.raises(UsageError, match="0 slots are asked for: the number must be a whole number"):
        ENGINE.slots([], call(1), 0)


HOURS = """[rules.hours]
kind = "contact-hours"
contact = "call"
timezone = "UTC"
allow = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "22:00" }]
"""


def test_obligations_are_ordered_by_due() -> None:
    history = [
        other("interview", 0, "i1"),
        Event("bob", START + HOUR, "i2", "interview"),
        Event("bob", START + 2 * HOUR, "t", "thank-you"),
        Event("cat", START + 3 * HOUR, "i3", "interview"),
        other("interview", 9, "later"),
    ]
    for form in (history, History(history), reversed(history)):
        owed = ENGINE.obligations(form, START + 5 * HOUR)
        assert [(one.event, one.person, one.due - START) for one in owed] == [
            ("i1", "ann", DAY),
            ("i3", "cat", DAY + 3 * HOUR),
        ]
    assert owed[0].expected == "`thank-you` within 24h"
    assert owed[0].to_dict()["due"] == "2025-02-20T21:20:00Z"
    assert (
        owed[0].message
        == "The interview is to be followed by `thank-you` within 24h, by 2025-02-20T21:20:00Z."
    )
    assert [one.event for one in ENGINE.obligations(history[:4], START + DAY)] == ["i1", "i3"]
    assert [one.event for one in ENGINE.obligations(history[:4], START + DAY + 1)] == ["i3"]
    with pytest.raises(EventError, match="has no time zone"):
        ENGINE.obligations(history, NAIVE)


def test_policies_may_be_built_in_python() -> None:
    tables = {
        "comity": 1,
        "policy": {"id": "built", "title": "Built", "version": "1"},
        "rules": {"gap": {"kind": "minimum-gap", "contact": {"kind": "call"}, "gap": "2d"}},
    }
    engine = Engine.of(tables)
    assert engine.decide(CALLS[:1], call(1)).outcome == "deny"
    assert Engine.of(engine.policies[0]).plan == engine.plan
    tables["rules"] = {"gap": {"kind": "minimum-gap", "contact": {}, "gap": "2 days"}}
    with pytest.raises(PolicyError, match="write `2d` for 2 × 24 hours"):
        Engine.of(tables)


def test_an_engine_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        ENGINE.plan = None  # type: ignore[misc,assignment]


def test_a_rule_that_fails_is_never_an_allow() -> None:
    engine = failing()
    history = [call(0, "a")]
    assert engine.decide(history, call(5)).outcome == "allow"
    bad = call(5, "bad")
    for form in (history, History(history)):
        decision = engine.decide(form, bad)
        assert (decision.outcome, decision.next_allowed) == ("indeterminate", None)
        assert decision.to_text().startswith(
            "The verdict is not known, so do not make the contact: a rule could not be judged. "
            "The rule kind `frail`"
        )
        with pytest.raises(RuleError, match="ZeroDivisionError"):
            engine.slots(form, bad)
        (told,) = engine.explain(form, bad)
        assert told.standing == "indeterminate"


def test_what_goes_between_processes_can_be_pickled() -> None:
    history = History([*CALLS, Event("ann", START + 7 * DAY, matter=("m",), attributes={"score": 1})])
    decision = ENGINE.decide(history, call(7, "d"))
    copies = pickle.loads(pickle.dumps((list(history), history, decision, decision.findings)))
    assert copies[0] == list(history)
    assert list(copies[1]) == list(history)
    assert copies[2] == decision
    assert copies[3] == decision.findings
    assert ENGINE.decide(copies[1], call(7, "d")) == decision
    assert copy.deepcopy(history)[3] == history[3]


def test_what_is_no_history_policy_or_number_is_refused() -> None:
    with pytest.raises(UsageError, match="`NoneType` is not a history"):
        ENGINE.decide(None, call(1))  # type: ignore[arg-type]
    with pytest.raises(EventError, match="`str` is not an event"):
        ENGINE.decide("abc", call(1))
    with pytest.raises(EventError, match="`person` is 7"):
        ENGINE.decide([Event(7, START, kind="call")], call(1))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no policy is given: an engine without one would allow everything"):
        Engine.of()
    with pytest.raises(UsageError, match="`int` is not a policy"):
        Engine.of(5)  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match="missing"):
        Engine.of({})
    with pytest.raises(UsageError, match=r"2\.5 slots are asked for"):
        ENGINE.slots([], call(1), 2.5)  # type: ignore[arg-type]


def test_a_rule_that_fails_when_it_is_asked_of_another_instant_is_not_known() -> None:
    engine = failing()
    decision = engine.decide([], call(0.5, "later"))
    assert (decision.outcome, decision.next_allowed) == ("indeterminate", None)
    with pytest.raises(RuleError, match="the rule `frail/frail` failed: ZeroDivisionError: of all things"):
        engine.slots([], call(0.5, "later"))


NEVER_MEET = """[rules.mondays]
kind = "contact-hours"
contact = "call"
timezone = "UTC"
allow = [{ days = ["mon"] }]
[rules.tuesdays]
kind = "contact-hours"
contact = "call"
timezone = "UTC"
allow = [{ days = ["tue"] }]
"""


def test_hours_that_never_meet_are_given_up() -> None:
    engine = Engine.of(TEXT.replace("[events.call]", NEVER_MEET + "[events.call]"))
    decision = engine.decide([], call(1))
    assert (decision.outcome, decision.next_allowed) == ("deny", None)
    assert engine.slots([], call(1), 5) == ()


def test_hours_that_are_given_up_are_not_found_behind_a_later_event() -> None:
    engine = Engine.of(
        TEXT.replace(
            "[rules",
            "[rules.once]\nkind = 'contact-hours'\ncontact = {}\n"
            "timezone = 'UTC'\nallow = [{ from = '00:00', to = '24:00', dates = [2029-06-04] }]\n[rules",
            1,
        )
    )
    opening = START // DAY * DAY
    while dt.datetime.fromtimestamp(opening / 1e6, dt.UTC).date() != dt.date(2029, 6, 4):
        opening += DAY
    far = Event("ann", opening + 20 * HOUR, kind="note")
    near = Event("ann", START + 300 * DAY, kind="note")
    proposed = Event("ann", START, kind="visit")
    for history in ([], [far], [near], [near, far]):
        for asked in (history, History(history)):
            decision = engine.decide(asked, proposed)
            assert (decision.outcome, decision.next_allowed) == ("deny", None)
    soon = Event("ann", opening - 500 * DAY, kind="note")
    found = engine.decide([near, soon, far], attrs.evolve(proposed, at=opening - 700 * DAY)).next_allowed
    assert found is not None
    assert opening <= found < opening + DAY


def test_slots_end_where_a_further_rule_comes_into_effect() -> None:
    later = """[rules.none-in-march]
kind = "forbidden"
contact = "call"
timezone = "Europe/Paris"
effective = { from = 2025-03-01, through = 2025-03-31 }
"""
    engine = Engine.of(TEXT.replace("[events.call]", later + "[events.call]"))
    (slot,) = engine.slots([], call(1), 3)
    assert slot.to_dict() == {"start": "2025-02-20T21:20:00Z", "end": "2025-02-28T23:00:00Z"}
    (slot,) = engine.slots([], call(60), 3)
    assert slot.end is None


def test_odd_numbers_in_lists_are_noticed() -> None:
    with pytest.raises(EventError, match="`at` is nan"):
        ENGINE.decide([call(-30), call(0), Event("ann", float("nan"))], call(1))  # type: ignore[arg-type]
    with pytest.raises(EventError, match="the attribute `score` is 1000"):
        Event.of({"person": "ann", "at": START, "score": 10**400})


def test_engines_are_themselves() -> None:
    assert len({ENGINE, Engine.of(TEXT), ENGINE}) == 2
    with pytest.raises(UsageError, match="cannot be written as TOML"):
        Engine.of({"comity": 1, "policy": None})
    audited = ENGINE.audit([{"person": "ann", "at": START, "kind": "call"}])
    assert audited.summary.events == 1
    with pytest.raises(EventError, match="outside the years"):
        ENGINE.audit([Event("ann", 10**30)])


def test_a_history_of_rows_goes_on_with_rows() -> None:
    history = History(fields=("person", "at", "kind"))
    history.append(("ann", START, "call"))
    history.insert(("ann", START - DAY, "call"))
    assert pickle.loads(pickle.dumps(history)).events == history.events
    assert ENGINE.decide(history, call(1)).outcome == "deny"
