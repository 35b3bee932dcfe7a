"""The question of the decision benchmark, put to other engines as their documentation has them best used.

A history is a list of (at, kind) in order, `at` in microseconds. A contact at `now` is allowed where it is at
least two days after the last contact, where fewer than three contacts lie in the 30 days before it, and where
no opt-out came before. "On aggregates" says that Python computes the last contact, the count and the opt-out,
in the time that is measured; "raw history" that the engine gets the events, and its rule says the windows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

History = Sequence[tuple[int, str]]
Ask = Callable[[History, int], bool]
DAY = 86_400_000_000
GAP, WINDOW = 2 * DAY, 30 * DAY
CONTACTS = ("call", "follow-up")


def floor() -> Ask:
    """Return a function written by hand, which goes back only as far as it must."""

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
    """Return the time since the last contact, the contacts in the window, and if there was an opt-out."""
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
    parties = {
        "principal": {"type": "Agent", "id": "a"},
        "action": {"type": "Action", "id": "contact"},
        "resource": {"type": "Person", "id": "ann"},
    }

    def ask(history: History, now: int) -> bool:
        since, count, out = aggregates(history, now)
        request = {**parties, "context": {"since": since, "count": count, "out": out}}
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
recent := [e[0] | some e in input.events; e[0] > input.now - {WINDOW}; e[1] in {{"call", "follow-up"}}]
default allow := false
allow if {{
    not out
    not too_soon
    count(recent) < 3
}}
out if {{
    some e in input.events
    e[1] == "opt-out"
}}
too_soon if {{
    some at in recent
    at > input.now - {GAP}
}}
"""


def _rego(module: str, given: Callable[[History, int], dict[str, object]]) -> Ask:
    from regopy import Interpreter

    rego = Interpreter()
    rego.add_module("contact", module)
    bundle = rego.build(None, ["contact/allow"])

    def ask(history: History, now: int) -> bool:
        rego.set_input(given(history, now))
        return rego.query_bundle_entrypoint(bundle, "contact/allow")[0][0] is True

    return ask


def rego_aggregates() -> Ask:
    """Ask a compiled Rego policy."""
    return _rego(REGO, _named)


def rego_history() -> Ask:
    """Ask a compiled Rego policy, with the events as its input."""
    return _rego(REGO_HISTORY, lambda history, now: {"now": now, "events": history})


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

    contact = "#[1] in ['call', 'follow-up']"
    expression = zen.compile_expression(
        f"none(events, #[1] == 'opt-out') and none(events, now - #[0] < {GAP} and {contact}) and "
        f"count(events, now - #[0] < {WINDOW} and {contact}) < 3"
    )
    return lambda history, now: bool(expression.evaluate({"now": now, "events": history}))


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
    graph = {"nodes": nodes, "edges": edges}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"contact": graph}}})
    return lambda history, now: bool(engine.evaluate("contact", _named(history, now))["result"]["allow"])


def rule_engine_aggregates() -> Ask:
    """Match a parsed rule."""
    import rule_engine

    rule = rule_engine.Rule(f"since >= {GAP} and count < 3 and not out")

    def ask(history: History, now: int) -> bool:
        since, count, out = aggregates(history, now)
        return bool(rule.matches({"since": since, "count": count, "out": out}))

    return ask


@dataclass(slots=True)
class Happened:
    """An event, for an engine that reads attributes."""

    at: int
    kind: str


@dataclass(slots=True)
class Asked:
    """A history and an instant, for an engine that reads attributes."""

    events: list[Happened]
    now: int


def rule_engine_history() -> Ask:
    """Match a parsed rule with comprehensions over typed events."""
    import rule_engine

    context = rule_engine.Context(
        resolver=rule_engine.resolve_attribute,
        type_resolver=rule_engine.type_resolver_from_dataclass(Asked),
    )
    contact = "(e.kind == 'call' or e.kind == 'follow-up')"
    rule = rule_engine.Rule(
        "[e for e in events if e.kind == 'opt-out'].is_empty and "
        f"[e for e in events if now - e.at < {GAP} and {contact}].is_empty and "
        f"[e for e in events if now - e.at < {WINDOW} and {contact}].length < 3",
        context=context,
    )
    return lambda history, now: bool(rule.matches(Asked([Happened(*event) for event in history], now)))


def json_logic_aggregates() -> Ask:
    """Apply a JsonLogic rule."""
    from json_logic import jsonLogic

    since, count, out = ({"var": name} for name in ("since", "count", "out"))
    rule = {"and": [{">=": [since, GAP]}, {"<": [count, 3]}, {"!": [out]}]}

    def ask(history: History, now: int) -> bool:
        return bool(jsonLogic(rule, _named(history, now)))

    return ask


def json_logic_history() -> Ask:
    """Apply a JsonLogic rule to the events; its filters do not see `now`, so it is made anew each time."""
    from json_logic import jsonLogic

    events, at = {"var": "events"}, {"var": "at"}
    contact = {"in": [{"var": "kind"}, list(CONTACTS)]}
    stopped = {"some": [events, {"==": [{"var": "kind"}, "opt-out"]}]}
    added = {"+": [{"var": "accumulator"}, 1]}

    def ask(history: History, now: int) -> bool:
        too_soon = {"some": [events, {"and": [{">": [at, now - GAP]}, contact]}]}
        recent = {"filter": [events, {"and": [{">": [at, now - WINDOW]}, contact]}]}
        rule = {"and": [{"!": [stopped]}, {"!": [too_soon]}, {"<": [{"reduce": [recent, added, 0]}, 3]}]}
        return bool(jsonLogic(rule, {"events": [{"at": at, "kind": kind} for at, kind in history]}))

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
