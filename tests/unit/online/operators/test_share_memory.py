"""What a monitor remembers of shares: nothing of scopes whose period is over."""

from __future__ import annotations

from comity import Engine, Event, Finding

POLICY = """
comity = 1
policy = { id = "p", title = "P", version = "1", timezone = "UTC" }
[rules.part]
kind = "maximum-share"
contact = { kind = "offer" }
of = { direction = "outbound" }
share = "50%"
window = "same day"
"""
DAY = 86_400_000_000
START = 1_750_000_000_000_000 // DAY * DAY


def test_scopes_whose_period_is_over_are_forgotten() -> None:
    monitor = Engine.of(POLICY).monitor()
    for number in range(50):
        monitor.feed(Event(f"p{number}", START + number, kind="letter"))
    assert monitor.forget() == 50
    before = len(monitor.snapshot())
    monitor.feed(Event("last", START + 3 * DAY, kind="letter"))
    assert monitor.forget() == 1
    assert len(monitor.snapshot()) < before / 5


def test_a_period_that_is_over_is_found_after_a_snapshot() -> None:
    engine = Engine.of(POLICY)
    monitor = engine.monitor()
    assert monitor.feed(Event("ann", START, kind="letter")) == []
    assert monitor.feed(Event("ann", START + 1, kind="offer", id="one")) == []
    assert monitor.feed(Event("ann", START + 2, kind="offer", id="two")) == []
    restored = engine.restore(monitor.snapshot())
    (finding,) = restored.advance(START + DAY)
    assert isinstance(finding, Finding)
    assert (finding.event, finding.measured, finding.due) == ("two", "2 of 3 (66.67%)", START + DAY - 1)
    assert (
        engine.decide(
            [Event("ann", START, kind="letter"), Event("ann", START + 1, kind="offer")],
            Event("ann", START + 2, kind="offer"),
        ).next_allowed
        is None
    )
