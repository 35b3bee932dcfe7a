"""Debt collection, checked with the kit that comity has for plugins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import comity_collections.plugin as plugin
import pytest
from comity_collections.seven_in_seven import SevenInSeven
from hypothesis import given, settings

from comity import Engine, Event, Plugins, PolicyError
from comity.testing import check_industry, check_rule_kind, histories

ZONE = "America/New_York"
DAY = 86_400_000_000
NOT_CONNECTED = ("unconnected", "busy", "not-in-service")


def local_day(event: Event) -> int:
    return dt.datetime.fromtimestamp(event.at / 1e6, ZoneInfo(ZONE)).toordinal()


def is_call(event: Event) -> bool:
    noted = event.kind in ("consent", "consent-withdrawn", "opt-out")
    return event.direction == "outbound" and not noted and (event.kind == "call" or event.channel == "phone")


def is_conversation(event: Event) -> bool:
    return event.kind == "conversation" or event.outcome == "conversation"


def is_excluded(events: Sequence[Event], place: int) -> bool:
    """Say whether 1006.14(b)(3) leaves the call out."""
    if events[place].outcome in NOT_CONNECTED:
        return True
    for n, earlier in enumerate(events[:place]):
        between = events[n + 1 : place]
        ended = any(is_conversation(e) or e.kind in ("consent-withdrawn", "opt-out") for e in between)
        if earlier.kind == "consent" and local_day(events[place]) - local_day(earlier) < 7 and not ended:
            return True
    return False


def holds(rule: Mapping[str, Any], events: Sequence[Event], place: int) -> bool | None:
    """Say in plain Python what the two limbs say."""
    call = events[place]
    if not is_call(call) or is_excluded(events, place):
        return None
    near = [n for n in range(place) if local_day(call) - local_day(events[n]) < 7]
    if rule["limb"] == "conversation":
        talks = [events[n] for n in near if is_conversation(events[n])]
        if rule.get("general-conversation") != "every-debt":
            return not talks
        mine = [e for e in talks if not e.matter or set(e.matter) & set(call.matter)]
        return None if talks and not mine else not mine
    return sum(is_call(events[n]) and not is_excluded(events, n) for n in near) < 7


def test_the_kind_is_what_the_regulation_says() -> None:
    drawn = histories(
        ("call", "call", "call", "call", "conversation", "consent", "consent-withdrawn", "opt-out"),
        outcomes=("no-answer", "voicemail", "busy", "conversation"),
        persons=("ann",),
        steps=(DAY // 24, DAY // 3, DAY, DAY, 2 * DAY, 6 * DAY, 7 * DAY),
        most=16,
    )
    few = histories(outcomes=("no-answer",), persons=("ann",), steps=(DAY // 3, DAY), most=20)
    limbs = [{"limb": "calls"}, {"limb": "conversation"}]
    check_rule_kind(SevenInSeven, holds, limbs, events=drawn, timezone=ZONE, examples=150)
    check_rule_kind(SevenInSeven, holds, limbs[:1], events=few, timezone=ZONE, examples=150)


OF_DEBTS = histories(
    ("call", "call", "conversation", "consent"),
    matters=((), ("d1",), ("d2",), ("d1", "d2")),
    persons=("ann",),
    steps=(DAY // 3, DAY, 2 * DAY, 6 * DAY),
    most=12,
)


@settings(max_examples=200, deadline=None)
@given(OF_DEBTS)
def test_a_conversation_about_no_debt_counts_to_each(events: list[Event]) -> None:
    """With several debts, `allowed_from` may be late, as the README says; what is found is exact."""
    rule = {"kind": "seven-in-seven", "limb": "conversation", "general-conversation": "every-debt"}
    tables = {
        "comity": 1,
        "policy": {"id": "p", "title": "P", "version": "1", "timezone": ZONE},
        "rules": {"r": rule},
    }
    engine = Engine.of(tables, plugins=Plugins([plugin]))
    found = {finding.event for finding in engine.audit(events).findings}
    wanted = {event.id for n, event in enumerate(events) if holds(rule, events, n) is False}
    assert found == wanted


def test_all_policies_load_and_pass_their_cases() -> None:
    assert check_industry(plugin, least_cases=2, least_coverage=100) >= 20


def test_the_words_of_the_trade_hold_in_a_policy_that_names_the_industry() -> None:
    tables = {
        "comity": 1,
        "policy": {"id": "p", "title": "P", "version": "1", "industry": "debt-collection"},
        "rules": {"none": {"kind": "forbidden", "contact": {"outcome": "conversation"}}},
    }
    plugins = Plugins([plugin])
    events = [Event("ann", n, outcome=word) for n, word in enumerate(("RPC", "live contact", "no-answer"))]
    found = Engine.of(tables, plugins=plugins).audit(events).findings
    assert [finding.event for finding in found] == ["#1", "#2"]
    assert found[0].scope == (("person", "ann"), ("matter", None))
    tables["policy"] = {"id": "p", "title": "P", "version": "1"}
    assert not Engine.of(tables, plugins=plugins).audit(events).findings


def test_a_misspelt_limb_is_an_error_with_a_place() -> None:
    text = 'comity = 1\n[policy]\nid = "p"\ntitle = "P"\nversion = "1"\ntimezone = "UTC"\n'
    text += '[rules.r]\nkind = "seven-in-seven"\nlimb = "cals"\n'
    with pytest.raises(PolicyError, match=r"9:8: .*cals.* is not allowed here \(at `rules.r.limb`\)"):
        Engine.of(text, plugins=Plugins([plugin]))
