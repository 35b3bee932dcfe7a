from __future__ import annotations

import json

import pytest

from comity import Decision, Engine, Event, Shadow
from comity.shadow import Difference

TEXT = """comity = 1
[policy]
id = "calls"
title = "Calls"
version = "1"
[rules.gap]
kind = "minimum-gap"
contact = {}
gap = "2d"
"""
DAY = 86_400_000_000
HISTORY = [Event("ann", 0, "a")]


def test_the_current_engine_decides_and_differences_are_reported() -> None:
    seen: list[Difference] = []
    shadow = Shadow(Engine.of(TEXT), Engine.of(TEXT.replace("2d", "3d")), seen.append)
    outcomes = [shadow.decide(iter(HISTORY), Event("ann", day * DAY, "b")).outcome for day in (1, 2, 3)]
    assert outcomes == ["deny", "allow", "allow"]
    assert (shadow.decided, shadow.differed) == (3, 2)
    assert [difference.current.next_allowed for difference in seen] == [2 * DAY, 2 * DAY]
    assert isinstance(seen[1].candidate, Decision)
    assert seen[1].candidate.next_allowed == 3 * DAY
    made = seen[1].to_dict()
    assert json.loads(json.dumps(made)) == made
    assert (made["current"]["outcome"], made["candidate"]["outcome"]) == ("allow", "deny")


def test_a_candidate_that_fails_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Difference] = []
    broken = Engine.of(TEXT)
    shadow = Shadow(Engine.of(TEXT), broken, seen.append)

    def fail(self: Engine, history: object, proposed: object) -> Decision:
        if self is broken:
            raise ZeroDivisionError("oh")
        return self._online.decide(history, proposed)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "decide", fail)
    assert shadow.decide(HISTORY, Event("ann", DAY)).outcome == "deny"
    assert seen[0].to_dict()["candidate"] == "ZeroDivisionError: oh"
