"""The question of the decision benchmark, put to other engines as their documentation has them best used.

A history is a list of (at, kind) in order, `at` in microseconds. A contact at `now` is allowed where it is at
least two days after the last contact, where fewer than three contacts lie in the 30 days before it, and where
no opt-out came before. "On aggregates" says that Python computes the last contact, the count and the opt-out,
in the time that is measured; "raw history" that the engine gets the events, and its rule says the windows.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

History = Sequence[tuple[int, str]]
Ask = Callable[[History, int], bool]
DAY = 86_400_000_000
GAP, WINDOW = 2 * DAY, 30 * DAY
CONTACTS = ("call", "follow-up")


def floor() -> Ask:
    """Give a function written by hand, which goes back only as far as it must."""

    def ask(history: History, now: int) -> bool:
        count, since = 0, now - WINDOW
        for at, kind in reversed(history):
            if kind == "opt-out":
                return False
            if kind in CONTACTS and at > since:
                count += 1
                if count >= 3 or now - at < GAP:
                    return False
        return True

    return ask


def aggregates(history: History, now: int) -> tuple[int, int, bool]:
    """Give the time since the last contact, the contacts in the window, and whether there was an opt-out."""
    last, count, out = -WINDOW, 0, False
    for at, kind in history[bisect_left(history, (now - WINDOW + 1, "")) :]:
        if kind in CONTACTS:
            last, count = at, count + 1
    for _, kind in history:
        if kind == "opt-out":
            out = True
            break
    return (now - last if count else WINDOW), count, out


def _named(history: History, now: int) -> dict[str, object]:
    since, count, out = aggregates(history, now)
    return {"since": since, "count": count, "out": out}


def cedar_aggregates() -> Ask:
    """Ask Cedar, with the policies and the entities parsed once."""
    import cedarpy

    policies = cedarpy.PolicySet.from_str(
        "permit(principal, action, resource);"
        f"forbid(principal, action, resource) when {{ context.since < {GAP} }};"
        "forbid(principal, action, resource) when { context.count >= 3 };"
        "forbid(principal, action, resource) when { context.out };"
    )
    entities = cedarpy.Entities.from_json_str("[]")

    def ask(history: History, now: int) -> bool:
        since, count, out = aggregates(history, now)
        request = {
            "principal": 'Agent::"a"',
            "action": 'Action::"contact"',
            "resource": 'Person::"ann"',
            "context": {"since": since, "count": count, "out": out},
        }
        return bool(cedarpy.is_authorized(request, policies, entities).allowed)

    return ask


REGO = f"""package contact
default allow := false
allow if {{
    input.since >= {GAP}
    input.count < 3
    not input.out
}}
"""
REGO_HISTORY = f"""package contact
contacts := [e.at | some e in input.events; e.kind in {{"call", "follow-up"}}]
default allow := false
allow if {{
    count([at | some at in contacts; input.now - at < {GAP}]) == 0
    count([at | some at in contacts; input.now - at < {WINDOW}]) < 3
    count([e | some e in input.events; e.kind == "opt-out"]) == 0
}}
"""


def _rego(module: str, given: Callable[[History, int], Any]) -> Ask:
    from regopy import Input, Interpreter

    rego = Interpreter()
    rego.add_module("contact", module)
    bundle = rego.build("data.contact.allow")

    def ask(history: History, now: int) -> bool:
        rego.set_input(Input(given(history, now)))
        results = rego.query_bundle(bundle).results
        return bool(results and results[0].expressions)  # there is none where the answer is false

    return ask


def rego_aggregates() -> Ask:
    """Ask a compiled Rego policy."""
    return _rego(REGO, _named)


def rego_history() -> Ask:
    """Ask a compiled Rego policy, with the events as its input."""
    return _rego(
        REGO_HISTORY,
        lambda history, now: {"now": now, "events": [{"at": at, "kind": kind} for at, kind in history]},
    )


def zen_expression_aggregates() -> Ask:
    """Evaluate a compiled ZEN expression."""
    import zen

    expression = zen.compile_expression(f"since >= {GAP} and count < 3 and not out")

    def ask(history: History, now: int) -> bool:
        since, count, out = aggregates(history, now)
        return bool(expression.evaluate({"since": since, "count": count, "out": out}))

    return ask


def zen_expression_history() -> Ask:
    """Evaluate a compiled ZEN expression over the events."""
    import zen

    contact = "#.kind in ['call', 'follow-up']"
    expression = zen.compile_expression(
        f"none(events, {contact} and now - #.at < {GAP}) and "
        f"count(events, {contact} and now - #.at < {WINDOW}) < 3 and none(events, #.kind == 'opt-out')"
    )

    def ask(history: History, now: int) -> bool:
        events = [{"at": at, "kind": kind} for at, kind in history]
        return bool(expression.evaluate({"now": now, "events": events}))

    return ask


def zen_decision_aggregates() -> Ask:
    """Evaluate a ZEN decision graph with one decision table."""
    import zen

    inputs = [{"id": name, "name": name, "field": name} for name in ("since", "count", "out")]
    rules = [
        {"_id": "gap", "since": f"< {GAP}", "allow": "false"},
        {"_id": "limit", "count": ">= 3", "allow": "false"},
        {"_id": "stop", "out": "true", "allow": "false"},
        {"_id": "else", "allow": "true"},
    ]
    table = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "allow", "name": "allow", "field": "allow"}],
        "rules": rules,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))

    def ask(history: History, now: int) -> bool:
        since, count, out = aggregates(history, now)
        return bool(decision.evaluate({"since": since, "count": count, "out": out})["result"]["allow"])

    return ask


def rule_engine_aggregates() -> Ask:
    """Match a parsed rule."""
    import rule_engine

    rule = rule_engine.Rule(f"since >= {GAP} and count < 3 and not out")

    def ask(history: History, now: int) -> bool:
        since, count, out = aggregates(history, now)
        return bool(rule.matches({"since": since, "count": count, "out": out}))

    return ask


def rule_engine_history() -> Ask:
    """Match a parsed rule with comprehensions over the events."""
    import rule_engine

    contact = '(e.kind == "call" or e.kind == "follow-up")'
    rule = rule_engine.Rule(
        f"[e for e in events if {contact} and now - e.at < {GAP}].length == 0 and "
        f"[e for e in events if {contact} and now - e.at < {WINDOW}].length < 3 and "
        '[e for e in events if e.kind == "opt-out"].length == 0'
    )

    def ask(history: History, now: int) -> bool:
        events = tuple([{"at": at, "kind": kind} for at, kind in history])
        return bool(rule.matches({"now": now, "events": events}))

    return ask


def json_logic_aggregates() -> Ask:
    """Apply a JsonLogic rule."""
    from json_logic import jsonLogic

    since, count, out = ({"var": name} for name in ("since", "count", "out"))
    rule = {"and": [{">=": [since, GAP]}, {"<": [count, 3]}, {"!": [out]}]}

    def ask(history: History, now: int) -> bool:
        return bool(jsonLogic(rule, _named(history, now)))

    return ask


def json_logic_history() -> Ask:
    """Apply a JsonLogic rule that adds up over the events."""
    from json_logic import jsonLogic

    kind, at = {"var": "current.kind"}, {"var": "current.at"}
    contact = {"in": [kind, list(CONTACTS)]}

    def total(test: Any) -> Any:
        added = {"+": [{"var": "accumulator"}, {"if": [test, 1, 0]}]}
        return {"reduce": [{"var": "events"}, added, 0]}

    # Inside a reduction JsonLogic sees the event and the total alone, so each event is given its age.
    rule = {
        "and": [
            {"==": [total({"and": [contact, {"<": [at, GAP]}]}), 0]},
            {"<": [total({"and": [contact, {"<": [at, WINDOW]}]}), 3]},
            {"==": [total({"==": [kind, "opt-out"]}), 0]},
        ]
    }

    def ask(history: History, now: int) -> bool:
        return bool(jsonLogic(rule, {"events": [{"at": now - at, "kind": kind} for at, kind in history]}))

    return ask


def durable_aggregates() -> Ask:
    """Post a fact to a durable_rules rule set, whose rules answer."""
    from durable.lang import m, post, ruleset, when_all

    answer: list[bool] = []
    with ruleset("contact"):

        @when_all((m.since < GAP) | (m.count >= 3) | (m.out == True))  # noqa: E712
        def deny(c: Any) -> None:
            answer.append(False)

        @when_all((m.since >= GAP) & (m.count < 3) & (m.out == False))  # noqa: E712
        def allow(c: Any) -> None:
            answer.append(True)

    def ask(history: History, now: int) -> bool:
        since, count, out = aggregates(history, now)
        answer.clear()
        post("contact", {"since": since, "count": count, "out": out})
        return answer[0]

    return ask


Attempt = Callable[[str, int], bool]


def limits_moving_window() -> Attempt:
    """Test a moving window of `limits` in memory; its clock is the wall clock, so it is asked about now."""
    from limits import RateLimitItemPerDay
    from limits.storage import MemoryStorage
    from limits.strategies import MovingWindowRateLimiter

    limiter = MovingWindowRateLimiter(MemoryStorage())
    item = RateLimitItemPerDay(3, 30)
    limiter.hit(item, "ann")
    limiter.hit(item, "ann")
    return lambda key, now: limiter.test(item, key)


def pyrate() -> Attempt:
    """Put an attempt into a bucket of pyrate-limiter in memory; its clock is the wall clock."""
    from pyrate_limiter import Duration, InMemoryBucket, Limiter, Rate

    limiter = Limiter(InMemoryBucket([Rate(3, Duration.DAY * 30)]))
    return lambda key, now: bool(limiter.try_acquire(key, blocking=False))


PEERS: dict[str, tuple[Callable[[], Ask], str]] = {
    "a function written by hand": (floor, ""),
    "cedarpy (Cedar), on aggregates": (cedar_aggregates, "cedarpy"),
    "regopy (Rego), on aggregates": (rego_aggregates, "regopy"),
    "regopy (Rego), raw history": (rego_history, "regopy"),
    "zen expression, on aggregates": (zen_expression_aggregates, "zen-engine"),
    "zen expression, raw history": (zen_expression_history, "zen-engine"),
    "zen decision graph, on aggregates": (zen_decision_aggregates, "zen-engine"),
    "rule-engine, on aggregates": (rule_engine_aggregates, "rule-engine"),
    "rule-engine, raw history": (rule_engine_history, "rule-engine"),
    "json-logic, on aggregates": (json_logic_aggregates, "json-logic-qubit"),
    "json-logic, raw history": (json_logic_history, "json-logic-qubit"),
    "durable_rules, on aggregates": (durable_aggregates, "durable_rules"),
}
LIMITERS: dict[str, tuple[Callable[[], Attempt], str]] = {
    "limits, moving window": (limits_moving_window, "limits"),
    "pyrate-limiter": (pyrate, "pyrate-limiter"),
}
