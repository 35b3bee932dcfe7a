"""Lowering a policy: from its tables to the operators of a plan, with every fault of meaning at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from comity.budgets import Deadline
from comity.documents import Fault, Path, place_faults
from comity.errors import Place, PolicyError
from comity.plan import Field, Plan, PlannedRule, Selector
from comity.policy.lower.check_before_lowering import SalvagedRule, check_salvaged
from comity.policy.lower.lowering import Lowering
from comity.policy.lower.rule_context import RuleContext
from comity.policy.model import Locate, Policy
from comity.policy.vocabulary import Vocabulary


def lower_policy(policy: Policy, words: Vocabulary) -> Plan:
    """Lower a policy's enabled rules, in the order of their ids; raises PolicyError with every fault."""
    plan, faults = lower_with_faults(policy, words)
    if faults:
        locate: Locate = policy.locate or (lambda path: (_NO_DOCUMENT, path))
        raise PolicyError(place_faults(faults, locate))
    return plan


def lower_selectors(policy: Policy, words: Vocabulary) -> dict[str, Selector]:
    """Lower the named selectors of a policy that has no faults."""
    lowering = Lowering(policy, words)
    named = {name: lowering.named(name, ("events", name)) for name in policy.events}
    return {name: selector for name, selector in named.items() if selector is not None}


def lower_states(policy: Policy, words: Vocabulary) -> dict[str, Selector]:
    """Lower the states of a policy that has no faults, each to what it looks back for."""
    return _states(Lowering(policy, words))


def _states(lowering: Lowering) -> dict[str, Selector]:
    states = {name: lowering.state(name, ("states", name)) for name in lowering.policy.states}
    return {name: state for name, state in states.items() if state is not None}


def lower_with_faults(
    policy: Policy,
    words: Vocabulary,
    broken: frozenset[Path] = frozenset(),
    salvaged: Iterable[SalvagedRule] = (),
    deadline: Deadline | None = None,
) -> tuple[Plan, list[Fault]]:
    """Lower a policy's enabled rules, in the order of their ids; return the plan and every fault of meaning.

    The plan lacks the rules with a fault, so use it only if there is none. `broken` are the paths of tables
    that have faults already: a reference to one of them is not another fault. `salvaged` are the right parts
    of rules that have faults already; they are checked and not lowered. Raises Late after the deadline.
    """
    lowering = Lowering(policy, words, broken, deadline)
    rules = lower_rules(lowering)
    for rule in salvaged:
        check_salvaged(lowering, rule)
    fields = (*lowering.fields.values(), *_points(rules))
    typed = tuple((policy.id, field) for field in fields if field.type != "text")
    states = tuple((policy.id, name, state) for name, state in _states(lowering).items())
    return Plan(tuple(rules), (policy.id,), typed, states), lowering.faults


def _points(rules: Iterable[PlannedRule]) -> Iterable[Field]:
    """Return the attributes whose numbers rules read as points, so that what is negative does not read."""
    reads = (read for rule in rules for read in rule.constraint.reads() if read.points)
    return dict.fromkeys(Field(read.field, "points", attribute=True) for read in reads)


class _NoDocument:
    """Stands in for the file of a policy that is built in Python."""

    def place(self, path: Path, *, of_key: bool = False) -> object:
        return Place("<policy>")


_NO_DOCUMENT: Any = _NoDocument()


def lower_rules(lowering: Lowering) -> list[PlannedRule]:
    """Lower every rule; rules that are switched off are checked but left out."""
    lowering.check_settings()
    for name in lowering.policy.calendars:
        lowering.calendar(name, ("calendars", name))
    for name in lowering.policy.events:
        lowering.named(name, ("events", name))
    for name in lowering.policy.states:
        lowering.state(name, ("states", name))
    planned = []
    for rule_id in sorted(lowering.policy.rules):
        if lowering.deadline is not None:
            lowering.deadline.check()
        rule = lowering.policy.rules[rule_id]
        lowered = RuleContext(lowering, rule_id, rule).planned()
        if lowered is not None and rule.common.enabled:
            planned.append(lowered)
    return planned
