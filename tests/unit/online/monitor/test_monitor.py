from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from scene import DAY, ENGINE, HOUR, START, TEXT, call, failing, other

from comity import (
    Engine,
    Event,
    EventError,
    Finding,
    LateMonitor,
    Monitor,
    Revision,
    RuleError,
    SnapshotError,
    UsageError,
)
from comity.online.evaluator import Evaluator
from comity.online.monitor.monitor_base import checkpoint
from comity.online.operators.python_check import PythonOperator

LATENESS = dt.timedelta(hours=6)


def fed(*events: Event, engine: Engine = ENGINE) -> Monitor:
    monitor = engine.monitor()
    for event in events:
        monitor.feed(event)
    return monitor


def test_findings_come_as_they_become_certain() -> None:
    monitor = ENGINE.monitor()
    assert monitor.feed(call(0, "a")) == []
    (finding,) = monitor.feed(call(1, "b"))
    assert (finding.rule, finding.event, finding.evidence) == ("gap", "b", ("a",))
    assert monitor.feed(other("interview", 2, "i")) == []
    assert monitor.advance(START + 3 * DAY) == []
    (finding,) = monitor.advance(START + 3 * DAY + 1)
    assert (finding.rule, finding.event, finding.status) == ("thanks", "i", "violation")
    monitor.feed(other("interview", 4, "j"))
    (finding,) = monitor.close()
    assert (finding.event, finding.status, finding.due) == ("j", "pending", START + 5 * DAY)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize("lateness", [None, LATENESS])
def test_a_monitor_is_not_copied(copied: Callable[[Any], Any], lateness: dt.timedelta | None) -> None:
    monitor = ENGINE.monitor() if lateness is None else ENGINE.monitor(lateness=lateness)
    with pytest.raises(UsageError, match="`snapshot` writes the state"):
        copied(monitor)
    with pytest.raises(TypeError):
        copied(monitor)


@pytest.mark.parametrize("lateness", [None, LATENESS])
def test_an_event_that_comes_again_is_refused_or_left_out(lateness: dt.timedelta | None) -> None:
    given: dict[str, Any] = {} if lateness is None else {"lateness": lateness}
    monitor = ENGINE.monitor(**given)
    monitor.feed(call(0, "a"))
    with pytest.raises(EventError, match="the event `a` at 2025-02-19T21:20:00Z is known already"):
        monitor.feed(call(0, "a"))
    assert monitor.events == 1
    ignoring = ENGINE.monitor(**given, repeated="ignore")
    for event in (call(0, "a"), call(3, "b")):
        assert ignoring.feed(event) == ignoring.feed(event) == []
    assert ignoring.feed(call(0, "a")) == []
    assert ignoring.events == 2
    again = ENGINE.restore(ignoring.snapshot())
    assert again.feed(call(0, "a")) == []
    assert [f.rule for f in again.feed(call(3, "b2")) if isinstance(f, Finding)] == ["gap"]
    assert again.feed(call(3, "b", "bob")) == []
    assert again.events == 4
    with pytest.raises(UsageError, match="`repeated` is 'twice': allowed are `refuse`, `ignore`"):
        ENGINE.monitor(**given, repeated="twice")  # type: ignore[call-overload]


def test_ids_are_known_as_long_as_windows_reach() -> None:
    monitor = ENGINE.monitor(repeated="ignore")
    for day in range(3000):
        monitor.feed(call(day, f"n{day}", person=f"p{day}"))
    assert monitor.feed(call(2975, "n2975", person="p2975")) == []
    with pytest.raises(EventError, match="is late"):
        monitor.feed(call(100, "n100", person="p100"))
    monitor.forget()
    assert len(json.loads(monitor.snapshot())["state"]["known"]) == 30
    assert monitor.feed(call(2970, "n2970", person="p2970")) == []


def test_a_deadline_passes_with_any_event() -> None:
    monitor = fed(other("interview", 0, "i"))
    (finding,) = monitor.feed(call(2, "b", person="bob"))
    assert (finding.person, finding.event) == ("ann", "i")


def test_findings_of_one_moment_come_in_the_order_of_their_events() -> None:
    monitor = fed(other("interview", 0, "i"), call(0.5, "a"), call(3, "b"), call(6, "c"))
    monitor = fed(other("interview", 6.5, "i"), call(7, "a"), engine=ENGINE)
    found = monitor.feed(call(8, "b"))
    assert [(finding.event, finding.rule) for finding in found] == [("i", "thanks"), ("b", "gap")]


def test_a_late_event_is_refused_and_changes_nothing() -> None:
    monitor = fed(call(5, "a"))
    before = monitor.snapshot()
    with pytest.raises(EventError, match=r"is late: the monitor has been told of 2025-02-24T21:20:00Z"):
        monitor.feed(call(4))
    with pytest.raises(EventError, match="time does not go back"):
        monitor.advance(START)
    with pytest.raises(EventError, match="earlier than what the monitor has been told of"):
        monitor.decide(call(4))
    with pytest.raises(EventError, match="the instant 2025-02-19T21:20:00Z is earlier than"):
        monitor.obligations(START)
    assert monitor.snapshot() == before
    assert monitor.feed(call(5, "same instant"))


def test_a_closed_monitor_takes_nothing_more() -> None:
    monitor = fed(call(0))
    monitor.close()
    for ask in (
        lambda: monitor.feed(call(1)),
        monitor.snapshot,
        lambda: monitor.decide(call(9)),
        monitor.close,
    ):
        with pytest.raises(UsageError, match="cannot be used any more: it is closed"):
            ask()


def test_an_event_that_is_interrupted_spoils_the_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = fed(call(0))

    def interrupted(self: object, event: Event, position: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Evaluator, "take", interrupted)
        with pytest.raises(KeyboardInterrupt):
            monitor.feed(call(1))
    with pytest.raises(UsageError, match="its state is incomplete"):
        monitor.decide(call(9))


def test_a_second_thread_gets_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = fed(call(0))
    inside, go_on = threading.Event(), threading.Event()
    take = Evaluator.take

    def slowly(self: Any, event: Event, position: int) -> None:
        inside.set()
        assert go_on.wait(10)
        take(self, event, position)

    monkeypatch.setattr(Evaluator, "take", slowly)
    thread = threading.Thread(target=monitor.feed, args=(call(5, "a"),))
    thread.start()
    assert inside.wait(10)
    for ask in (lambda: monitor.feed(call(6)), lambda: monitor.decide(call(6)), monitor.snapshot):
        with pytest.raises(UsageError, match="another thread is using this monitor"):
            ask()
    go_on.set()
    thread.join()
    assert monitor.events == 2
    assert monitor.decide(call(6)).outcome == "deny"


def test_what_no_rule_can_need_is_forgotten() -> None:
    monitor = fed(*(call(number / 1000, person=f"p{number}") for number in range(200)))
    assert monitor.forget() == 200
    monitor.advance(START + 30 * DAY + DAY // 10)
    assert monitor.forget() == 99
    monitor.advance(START + 40 * DAY)
    assert monitor.forget() == 0
    monitor.feed(Event("q", START + 40 * DAY, kind="opt-out"))
    monitor.advance(START + 4000 * DAY)
    assert monitor.forget() == 1
    assert monitor.decide(call(4000, person="q")).outcome == "deny"


@pytest.mark.parametrize("at_once", [1, 500])
def test_forgetting_happens_by_itself(at_once: int) -> None:
    monitor = ENGINE.monitor()
    events = [call(number / 100, person=f"p{number}") for number in range(20_000)]
    for number in range(0, len(events), at_once):
        if at_once == 1:
            monitor.feed(events[number])
        else:
            monitor.feed_many(events[number : number + at_once])
    states = json.loads(monitor.snapshot())["state"]["rules"].values()
    assert max(map(len, states)) <= 3000 + 1024 + 128
    assert monitor.forget() == 3000


def test_what_was_used_lately_is_not_looked_at_again_and_again() -> None:
    monitor = ENGINE.monitor()
    for number in range(40_000):
        monitor.feed(call(number / 1000, person=f"p{number % 300 if number % 2 else number}"))
    states = json.loads(monitor.snapshot())["state"]["rules"].values()
    assert max(map(len, states)) <= 15_000 * 5 // 4
    monitor.feed(Event("q", START + 40 * DAY, kind="opt-out"))
    for number in range(40_000, 80_000):
        monitor.feed(call(number / 1000, person=f"p{number}"))
    assert monitor.decide(call(80, person="q")).outcome == "deny"


def test_a_snapshot_is_one_line_of_documented_json() -> None:
    monitor = fed(call(0, "a"), other("interview", 1, "i"), other("opt-out", 1))
    text = monitor.snapshot()
    assert "\n" not in text
    body = json.loads(text)
    assert list(body) == [
        *("comity-monitor", "policies", "rules", "events", "now", "lateness", "unsettled", "state", "digest")
    ]
    assert body["comity-monitor"] == 1
    assert body["policies"] == ["calls 1"]
    assert set(body["rules"]) == {"calls/gap", "calls/limit", "calls/stop", "calls/thanks"}
    assert (body["events"], body["now"]) == (3, START + DAY)
    assert [["ann"], [START, "a"]] in [
        state for states in body["state"]["rules"].values() for state in states
    ]


LOOKS_BACK = """[rules.slow]
kind = "stop-after"
contact = "call"
after = "opt-out"
honour-within = "10d"
[rules.often]
kind = "forbidden"
contact = { kind = "call", preceded-by = { event = "call", at-least = 9 } }
"""


def test_a_state_that_was_taken_out_does_not_go_on_with_the_monitor() -> None:
    monitor = Engine.of(TEXT.replace("[events.call]", LOOKS_BACK + "[events.call]")).monitor()
    for day in range(3):
        monitor.feed(call(day))
        monitor.feed(other("opt-out", day))
    taken = checkpoint(monitor)
    text = taken.dump()
    monitor.feed(call(5))
    monitor.feed(other("opt-out", 5))
    assert taken.dump() == text


def test_a_snapshot_is_the_same_in_another_process() -> None:
    code = "import json, sys; from comity import Engine; text, shot = json.load(sys.stdin); " + (
        "sys.stdout.write(Engine.of(text).restore(shot).snapshot())"
    )
    shot = fed(call(0, "a"), other("interview", 1, "i")).snapshot()
    run = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps([TEXT, shot]),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == shot


def test_a_snapshot_that_is_not_whole_is_refused() -> None:
    text = fed(call(0, "a"), other("interview", 1, "i")).snapshot()
    for cut in range(0, len(text), 7):
        with pytest.raises(SnapshotError, match="cut short or edited"):
            ENGINE.restore(text[:cut])
    with pytest.raises(SnapshotError, match="was edited"):
        ENGINE.restore(text.replace(str(START), str(START + 1)))
    with pytest.raises(SnapshotError, match="this is not a snapshot"):
        ENGINE.restore('{"outcome": "allow"}')
    with pytest.raises(SnapshotError, match="of version 2, and this comity reads version 1"):
        ENGINE.restore(text.replace('{"comity-monitor":1', '{"comity-monitor":2'))
    body = json.loads(text)
    del body["digest"], body["now"]
    sealed = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    body["digest"] = hashlib.sha256(sealed.encode()).hexdigest()
    with pytest.raises(SnapshotError, match="was edited"):
        ENGINE.restore(json.dumps(body))


CHANGED = TEXT.replace('gap = "2d"', 'gap = "5d"').replace('version = "1"', 'version = "2"')


def test_a_snapshot_of_other_rules_is_refused_or_goes_over_by_replay() -> None:
    events = [call(0, "a"), call(3, "b"), other("interview", 4, "i")]
    shot = fed(*events).snapshot()
    changed = Engine.of(CHANGED)
    with pytest.raises(SnapshotError, match=r"calls 1, and here it is calls 2.*differs: `calls/gap`\. Give"):
        changed.restore(shot)
    with pytest.raises(SnapshotError, match="only their versions"):
        Engine.of(TEXT.replace('version = "1"', 'version = "2"')).restore(shot)
    restored = changed.restore(shot, history=events)
    assert restored.events == 3
    assert restored.decide(call(7, "d")).findings[0].required == "at least 5d"
    assert [one.event for one in restored.obligations()] == ["i"]
    with pytest.raises(EventError, match="was not fed before"):
        changed.restore(shot, history=[*events, call(90)])


BURST = '[rules.burst]\nkind = "minimum-gap"\ncontact = "call"\ngap = "1h"\nsince = "opt-out"\n'


def test_another_policy_takes_over_what_is_still_valid() -> None:
    monitor = fed(call(0, "a"), other("interview", 1, "i"), other("opt-out", 2, "o"))
    stricter = Engine.of(TEXT.replace("limit = 3", "limit = 1").replace('severity = "warning"', ""))
    with pytest.raises(UsageError, match="nothing is remembered for `calls/thanks`"):
        Engine.of(
            TEXT.replace('within = "24h"', "").replace("[rules.thanks]", '[rules.thanks]\nwithin = "2d"')
        ).take_over(monitor)
    taken = stricter.take_over(monitor)
    assert {finding.rule for finding in taken.decide(call(3)).findings} == {"limit", "stop"}
    assert monitor.decide(call(3)).outcome == "deny"
    added = Engine.of(
        TEXT + '[rules.burst]\nkind = "minimum-gap"\ncontact = "call"\ngap = "1h"\nsince = "opt-out"\n'
    )
    with pytest.raises(UsageError, match="nothing is remembered for `calls/burst`: give the `history`"):
        added.take_over(monitor)
    assert {f.rule for f in added.take_over(monitor, history=()).decide(call(2.01)).findings} == {"stop"}
    replayed = added.take_over(monitor, history=[call(0, "a"), other("opt-out", 2, "o")])
    assert {f.rule for f in replayed.decide(call(2.01)).findings} == {"burst", "stop"}


def test_a_rule_that_fails_is_told_once_and_stays_unknown() -> None:
    engine = failing()
    monitor = engine.monitor()
    assert monitor.feed(call(0, "a")) == []
    (finding,) = monitor.feed(call(1, "bad"))
    assert finding.status == "indeterminate"
    assert "The rule kind `frail` of the plugin FrailPlugin failed" in finding.message
    for asked in (monitor, engine.restore(monitor.snapshot())):
        assert asked.decide(call(2)).outcome == engine.decide([call(0), call(1, "bad")], call(2)).outcome
        assert asked.decide(call(2, "bad")).outcome == "indeterminate"
        assert asked.feed(call(2, "bad")) == []
        with pytest.raises(RuleError, match="ZeroDivisionError"):
            asked.slots(call(2, "bad"))


def test_a_rule_that_cannot_remember_is_not_known_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = failing()
    monitor = engine.monitor()

    def lose(*_: object) -> None:
        raise ZeroDivisionError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(PythonOperator, "update_state", lose)
        assert [finding.status for finding in monitor.feed(call(1, "a"))] == ["indeterminate"]
    for asked in (monitor, engine.restore(monitor.snapshot())):
        assert asked.decide(call(2)).outcome == "indeterminate"
        assert asked.explain(call(2))[0].standing == "indeterminate"
        with pytest.raises(RuleError, match="failed to keep an earlier event"):
            asked.slots(call(2))


def test_an_unusable_event_leaves_a_monitor_as_it_was() -> None:
    monitor = fed(call(0, "a"))
    before = monitor.snapshot()
    for changed in ({"kind": 5}, {"outcome": 5}, {"matter": "m"}, {"matter": None}, {"attributes": None}):
        with pytest.raises(EventError):
            monitor.feed(attrs.evolve(call(5), **changed))
    assert monitor.snapshot() == before


def test_rules_that_keep_the_same_in_other_forms_have_states_of_their_own() -> None:
    rules = """[rules.win-back]
kind = "requires"
contact = { kind = "win-back" }
event = "opt-out"
until = "opt-in"
"""
    engine = Engine.of(TEXT + rules)
    monitor = fed(other("opt-out", 0, "o"), engine=engine)
    restored = engine.restore(monitor.snapshot())
    assert restored.decide(other("win-back", 1)).outcome == "allow"
    assert restored.decide(call(1)).outcome == "deny"
    slow = engine.monitor(lateness=LATENESS)
    slow.feed(other("opt-out", 0, "o"))
    assert slow.obligations() == ()


def test_a_snapshot_knows_policies_in_any_order() -> None:
    texts = [TEXT, TEXT.replace('id = "calls"', 'id = "others"')]
    monitor = Engine.of(*texts).monitor()
    monitor.feed(call(0, "a"))
    assert Engine.of(*reversed(texts)).restore(monitor.snapshot()).events == 1
    with pytest.raises(SnapshotError, match="cut short or edited"):
        ENGINE.restore("[" * 100_000)


def late(*events: Event, engine: Engine = ENGINE) -> tuple[LateMonitor, list[Any]]:
    monitor = engine.monitor(lateness=LATENESS)
    return monitor, [word for event in events for word in monitor.feed(event)]


def test_a_late_event_withdraws_what_was_said() -> None:
    monitor, said = late(other("opt-out", 0, "o"), call(0.2, "a"))
    (finding,) = said
    (revision,) = monitor.feed(other("opt-in", 0.1, "late"))
    assert revision == Revision(finding, None)
    assert revision.to_dict() == {"withdrawn": finding.to_dict(), "replaced_by": None}
    assert monitor.decide(call(3)).outcome == "allow"


def test_a_late_event_adds_and_replaces() -> None:
    monitor, said = late(call(0, "a"), call(0.2, "b"))
    assert [finding.event for finding in said] == ["b"]
    revision, finding = monitor.feed(call(0.1, "late"))
    assert isinstance(revision, Revision)
    assert revision.withdrawn.evidence == ("a",)
    assert revision.replaced_by is not None
    assert revision.replaced_by.evidence == ("late",)
    assert revision.to_dict()["replaced_by"]["evidence"] == ["late"]
    assert (finding.event, finding.evidence) == ("late", ("a",))  # type: ignore[union-attr]


def test_what_is_too_late_is_refused() -> None:
    monitor, _ = late(call(0), call(1))
    before = monitor.snapshot()
    with pytest.raises(EventError, match="is 7h late: the monitor takes what is at most 6h late"):
        monitor.feed(call(1 - 7 / 24))
    assert monitor.snapshot() == before
    monitor.feed(call(1 - 6 / 24))


def test_a_missing_response_is_told_when_no_late_one_can_come() -> None:
    monitor, said = late(other("interview", 0, "i"))
    assert monitor.advance(START + DAY) == []
    assert [one.event for one in monitor.obligations()] == ["i"]
    assert monitor.advance(START + DAY + 6 * HOUR) == []
    assert monitor.obligations() == ()
    with pytest.raises(EventError, match="the instant 2025-02-20T21:20:00Z is earlier"):
        monitor.obligations(START + DAY)
    (finding,) = monitor.advance(START + DAY + 6 * HOUR + 1)
    assert (finding.event, said) == ("i", [])  # type: ignore[union-attr]


def test_a_late_monitor_is_restored_with_what_is_not_settled() -> None:
    monitor, _ = late(other("opt-out", 0, "o"), call(0.2, "a"))
    restored = ENGINE.restore(monitor.snapshot())
    assert isinstance(restored, LateMonitor)
    assert restored.feed(other("opt-in", 0.1, "x")) == monitor.feed(other("opt-in", 0.1, "x"))
    assert restored.snapshot() == monitor.snapshot()
    taken = Engine.of(TEXT.replace("limit = 3", "limit = 1")).take_over(restored)
    assert [finding.rule for finding in taken.decide(call(3)).findings] == ["limit"]
    assert [told.standing for told in restored.explain(call(3))] == ["kept", "kept", "kept", "not-judged"]
    assert restored.slots(call(1))[0].start == START + int(2.2 * DAY)
    restored.advance(START + 90 * DAY)
    assert restored.forget() == 0


def test_rules_across_persons_are_revised_too() -> None:
    engine = Engine.of(TEXT.replace('version = "1"', 'version = "1"\nper = ["channel"]'))
    monitor, said = late(call(0, "a"), call(0.2, "b", person="bob"), engine=engine)
    assert [finding.evidence for finding in said] == [("a",)]
    revision, _ = monitor.feed(call(0.1, "c", person="cat"))
    assert isinstance(revision, Revision)


def test_a_lateness_is_positive() -> None:
    for lateness in (dt.timedelta(0), 5):
        with pytest.raises(UsageError, match="must be a timedelta above zero"):
            ENGINE.monitor(lateness=lateness)  # type: ignore[arg-type]


def test_a_lateness_has_an_older_name() -> None:
    late, older = ENGINE.monitor(allowed_lateness=LATENESS), ENGINE.monitor(lateness=LATENESS)
    late.advance("2025-03-01T00:00:00Z")
    assert late.allowed_lateness == late.lateness == older.allowed_lateness
    assert late.now is not None
    assert late.watermark == late.settled == late.now - late.allowed_lateness
    with pytest.raises(UsageError, match="both given"):
        ENGINE.monitor(allowed_lateness=LATENESS, lateness=LATENESS)  # type: ignore[call-overload]
    with pytest.raises(UsageError, match="must be a timedelta above zero"):
        ENGINE.monitor(allowed_lateness=dt.timedelta(0))


def test_times_may_be_datetimes_and_texts_but_nothing_looser() -> None:
    for monitor in (ENGINE.monitor(), ENGINE.monitor(lateness=LATENESS)):
        monitor.feed(other("interview", 0, "i"))
        monitor.advance(dt.datetime(2025, 2, 20, tzinfo=dt.UTC))
        assert [one.event for one in monitor.obligations("2025-02-20T12:00:00Z")] == ["i"]
        assert monitor.slots(call(1), 1, "2025-02-21T21:20:00Z")
        for wrong in (1.5, None, dt.datetime(2025, 3, 1), "2025-03-01"):
            with pytest.raises(EventError):
                monitor.advance(wrong)  # type: ignore[arg-type]
        assert monitor.close("2025-02-20T12:00:00Z")


def test_any_text_survives_a_snapshot() -> None:
    strange = Event("a\ud800é", START, "\x00", "interview", attributes={"text": "“…”\n"})
    monitor = fed(strange)
    assert ENGINE.restore(monitor.snapshot()).obligations() == monitor.obligations()
    assert monitor.snapshot().isascii()
    with pytest.raises(SnapshotError, match="a snapshot is a text"):
        ENGINE.restore(5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="`int` is not a monitor"):
        ENGINE.take_over(5)  # type: ignore[call-overload]
