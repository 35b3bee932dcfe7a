"""A zone that a plugin resolves holds as one that the event itself has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest
from adapter import EXAMPLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity import Engine, Event, Finding, History, Plugins
from comity.plugins import ZoneSource
from comity.testing import histories, plugin_of

HOUR = 3_600_000_000
ZONES = {
    "here": "Europe/Paris",
    "there": "Asia/Tokyo",
    "both": "America/New_York America/Denver",
    "nowhere": "",
}
RULES: dict[str, dict[str, Any]] = {
    "hours": {"kind": "contact-hours", "contact": {}, "allow": [{"from": "08:00", "to": "20:00"}]},
    "daily": {"kind": "maximum-contacts", "contact": {}, "limit": 1, "window": "same day"},
    "gap": {
        "kind": "minimum-gap",
        "contact": {},
        "gap": "2 calendar days",
        "until": {"direction": "inbound"},
    },
    "answer": {
        "kind": "response-window",
        "after": {"direction": "inbound"},
        "expect": {"direction": "outbound"},
        "within": "1 business day",
    },
    "before": {
        "kind": "forbidden",
        "contact": {"preceded-by": {"event": {"kind": "call"}, "in-last": "2 calendar days", "at-least": 2}},
    },
    "ours": {"kind": "maximum-contacts", "contact": {}, "limit": 1, "window": "same day", "timezone": "UTC"},
}
TABLES = {
    "comity": 1,
    "policy": {"id": "p", "title": "P", "version": "1", "timezone": "America/Los_Angeles"},
    "rules": RULES,
}


def resolve(attributes: Mapping[str, Any]) -> Sequence[str]:
    return ZONES.get(str(attributes["place"]), "").split()


PLAIN = Engine.of(TABLES)
RESOLVING = Engine.of(TABLES, plugins=Plugins([plugin_of(zones=[ZoneSource("place", ("place",), resolve)])]))
DRAWN = histories(
    ("contact", "call"),
    attributes={"place": (*ZONES, "unheard of")},
    steps=(1, HOUR, 5 * HOUR, 24 * HOUR, 48 * HOUR),
)


def filled(event: Event) -> Event:
    zone = event.timezone or ZONES.get(str(event.attributes.get("place"))) or None
    return attrs.evolve(event, timezone=zone)


def watched(engine: Engine, events: list[Event], cut: int) -> list[Finding]:
    monitor = engine.monitor()
    found = []
    for place, event in enumerate(events):
        if place == cut:
            monitor = engine.restore(monitor.snapshot())  # type: ignore[assignment]
        found += monitor.feed(event)
    return [*found, *monitor.close()]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(DRAWN, st.data())
def test_resolved_zones_are_as_the_events_own(events: list[Event], data: st.DataObject) -> None:
    known = data.draw(st.sets(st.integers(0, 13)))
    events = [
        attrs.evolve(event, timezone="Pacific/Auckland") if n in known else event
        for n, event in enumerate(events)
    ]
    wanted = list(PLAIN.audit([filled(event) for event in events], engine="online").findings)
    assert list(RESOLVING.audit(events, engine="online").findings) == wanted
    assert list(RESOLVING.audit(events, engine="columnar").findings) == wanted
    cut = data.draw(st.integers(0, 14))
    assert watched(RESOLVING, events, cut) == watched(PLAIN, [filled(event) for event in events], cut)
    if events:
        *earlier, last = events
        decided = PLAIN.decide([filled(event) for event in earlier], filled(last))
        assert RESOLVING.decide(earlier, last).to_dict() == decided.to_dict()
        assert RESOLVING.decide(History(earlier), last).to_dict() == decided.to_dict()


@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_a_log_keeps_the_attributes_that_sources_read(tmp_path: Any, back_end: Any) -> None:
    log = tmp_path / "log.csv"
    log.write_text("person,at,place\nann,2025-03-03T12:00:00Z,there\nbob,2025-03-03T20:00:00Z,\n")
    found = RESOLVING.audit(str(log), engine=back_end).findings
    assert [(f.person, f.rule) for f in found] == [("ann", "hours")]
    log.write_text("person,at\nann,2025-03-03T12:00:00Z\n")
    assert [f.rule for f in RESOLVING.audit(str(log), engine=back_end).findings] == ["hours"]
