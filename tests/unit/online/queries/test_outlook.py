"""Contacts at the end of a history that is asked more than once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import attrs
import pytest
from scene import DAY, ENGINE, START, TEXT, call, failing, other

from comity import Engine, Event, EventError, History
from comity.online import back_end
from comity.online.compiled_plan import CompiledPlan
from comity.online.queries.outlook import decide_ahead
from comity.results.decisions import Decision

CALLS = [call(0, "a"), call(3, "b"), call(6, "c")]


def asked(history: History) -> History:
    ENGINE.decide(history, call(40))
    return history


@pytest.fixture
def ahead() -> Iterator[list[Decision | None]]:
    """Collect what the outlook says of each contact, None where it says nothing."""
    said: list[Decision | None] = []

    def listened(compiled: CompiledPlan, history: History, proposed: Event) -> Decision | None:
        said.append(decide_ahead(compiled, history, proposed))
        return said[-1]

    with mock.patch.object(back_end, "decide_ahead", listened):
        yield said


@pytest.mark.parametrize("days", [6, 7, 7.99999, 8, 29.99999, 30, 31, 400])
def test_it_says_what_the_events_say(days: float, ahead: list[Decision | None]) -> None:
    assert ENGINE.decide(asked(History(CALLS)), call(days, "d")) == ENGINE.decide(CALLS, call(days, "d"))
    assert ahead[1] is not None


def test_it_is_worked_out_anew_when_the_history_grows(ahead: list[Decision | None]) -> None:
    history = asked(History(CALLS[:1]))
    assert ENGINE.decide(history, call(4)).outcome == "allow"
    history.append(call(3, "b"))
    assert ENGINE.decide(history, call(4)).outcome == "deny"
    assert ENGINE.decide(history, call(4)).outcome == "deny"
    history.insert(other("opt-out", 1))
    assert ENGINE.decide(history, call(40)).outcome == "deny"
    assert ENGINE.decide(history, call(40)).next_allowed is None
    assert [said is None for said in ahead] == [True, False, True, False, True, False]


def test_each_person_and_kind_has_its_own() -> None:
    history = asked(History([call(0, "a"), call(0, "b", "bob")]))
    assert ENGINE.decide(history, call(1, person="bob")).outcome == "deny"
    assert ENGINE.decide(history, call(1, person="cy")).outcome == "allow"
    assert ENGINE.decide(history, other("letter", 1)).judged == 0


@pytest.mark.parametrize(
    "changes",
    [{"at": START}, {"timezone": "Asia/Tokyo"}, {"matter": ("m",)}, {"date_only": True}, {"at": 4.5}],
)
def test_it_says_nothing_of_an_event_that_differs_in_more(
    changes: dict[str, Any], ahead: list[Decision | None]
) -> None:
    history = asked(History(CALLS))
    proposed = attrs.evolve(call(9), **changes)
    try:
        assert ENGINE.decide(history, proposed) == ENGINE.decide(CALLS, proposed)
    except EventError:
        assert changes == {"at": 4.5}
    assert ahead[1] is None


def test_a_rule_that_forbids_again_is_asked_again(ahead: list[Decision | None]) -> None:
    text = TEXT + '[rules.known]\nkind = "requires"\ncontact = "call"\nevent = "interview"\nin-last = "20d"\n'
    engine = Engine.of(text)
    events = [other("interview", 0, "i"), call(1, "a")]
    history = History(events)
    for days in (2, 2, 2.5, 10, 19.9, 20, 20.1, 10):
        assert engine.decide(history, call(days)) == engine.decide(events, call(days))
    assert [said is None for said in ahead] == [True, False, False, False, False, True, True, False]


def test_a_rule_is_asked_about_each_contact_while_it_may_come_into_effect() -> None:
    text = TEXT.replace('gap = "2d"', 'gap = "2d"\neffective = { from = 2025-02-27 }')
    engine = Engine.of(text.replace('version = "1"', 'version = "1"\ntimezone = "UTC"'))
    history = History(CALLS[:2])
    for days in (3.5, 3.5, 4, 4.5, 8):
        assert engine.decide(history, call(days)) == engine.decide(CALLS[:2], call(days))
    assert engine.decide(history, call(4)).allowed


def test_a_rule_that_fails_fails_as_before() -> None:
    engine, history = failing(), History([other("note", 0, "n")])
    for _ in range(3):
        decision = engine.decide(history, other("note", 1, "bad"))
        assert decision.outcome == "indeterminate"
        assert "ZeroDivisionError: of all things" in decision.findings[0].message


def test_an_unusable_event_is_refused() -> None:
    history = asked(History(CALLS))
    for _ in range(2):
        with pytest.raises(EventError, match="is not a direction"):
            ENGINE.decide(history, Event("ann", START + 9 * DAY, None, "call", direction="sideways"))
        with pytest.raises(EventError, match="`kind` is"):
            ENGINE.decide(history, Event("ann", START + 9 * DAY, None, ["call"]))  # type: ignore[arg-type]
