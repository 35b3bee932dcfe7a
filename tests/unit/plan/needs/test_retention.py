"""How long events are kept: as far back as a later event can ask, and no further."""

from __future__ import annotations

import pytest

from comity import Engine
from comity.clock.instants import DAY
from comity.plan.needs.retention import judged_since, needs_of

HEAD = '[policy]\nid = "p"\ntitle = "P"\nversion = "1"\ntimezone = "UTC"\n[attributes]\nends = "instant"\n'
NOW = 20_000 * DAY


def kept(rule: str) -> dict[str, int | None]:
    """Return for each length of time how many days back events are kept."""
    plan = Engine.of(f"comity = 1\n{HEAD}[rules.r]\n{rule}\n").plan
    found = {}
    for need in needs_of(plan):
        earliest = need.earliest(NOW, NOW)
        found[need.described()] = None if earliest is None else (NOW - earliest) // DAY
    return found


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('kind = "forbidden"\ncontact = {kind = "a"}', {"until they are settled": 0}),
        (
            'kind = "maximum-contacts"\ncontact = {kind = "a"}\nlimit = 1\nwindow = "5d"',
            {"until they are settled": 0, "for 5d": 4},
        ),
        (
            'kind = "maximum-contacts"\ncontact = {kind = "a"}\nlimit = 1\nwindow = "ever"',
            {"until they are settled": 0, "for ever": None},
        ),
        (
            'kind = "stop-after"\ncontact = {kind = "a"}\nafter = {kind = "b"}\nfor = "9d"',
            {"until they are settled": 0, "for 9d": 8},
        ),
        (
            'kind = "response-window"\nafter = {kind = "a"}\nexpect = {kind = "b"}\nwithin = "4d"',
            {"for 4d": 4},
        ),
        (
            'kind = "response-window"\nafter = {kind = "a"}\nexpect = {}\nwithin = {field = "ends"}',
            {"for ever": None},
        ),
        (
            'kind = "forbidden"\n[rules.r.contact.preceded-by]\nevent = {kind = "b"}\nin-last = "3d"',
            {"until they are settled": 0, "for 3d": 2},
        ),
        (
            'kind = "response-window"\nexpect = {kind = "b"}\nwithin = "4d"\n[rules.r.after.preceded-by]\n'
            'in-last = "3d"\n[rules.r.after.preceded-by.event]\nkind = "c"\n'
            '[rules.r.after.preceded-by.event.preceded-by]\nevent = {kind = "d"}\nin-last = "2d"',
            {"for 4d": 4, "for 4d + 3d": 6, "for 4d + 3d + 2d": 8},
        ),
        (
            'kind = "maximum-gap"\ncontact = {kind = "a"}\ngap = "1d"\nfrom = {kind = "b"}',
            {"for ever": None},
        ),
    ],
)
def test_events_are_kept_as_far_back_as_a_rule_looks(rule: str, expected: dict[str, int | None]) -> None:
    assert kept(rule) == expected


def test_local_days_are_kept_whatever_the_zone_of_an_event() -> None:
    days = kept('kind = "minimum-gap"\ncontact = {kind = "a"}\ngap = "3 calendar days"')[
        "for 3 calendar days"
    ]
    assert days is not None
    assert 3 <= days <= 5


def test_events_are_judged_again_as_far_back_as_deadlines_reach() -> None:
    rule = '[rules.r]\nkind = "response-window"\nafter = {kind = "a"}\nexpect = {kind = "b"}\nwithin = "4d"\n'
    plan = Engine.of(f"comity = 1\n{HEAD}{rule}").plan
    assert judged_since(plan, NOW, NOW) == NOW - 4 * DAY
    assert judged_since(plan, NOW, NOW - DAY) == NOW - 5 * DAY + 1
    assert judged_since(plan, None, None) is None
