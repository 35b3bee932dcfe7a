"""How much of a policy's rules its cases show: each rule is changed, and a case should notice it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from comity.cases.case import Case, CaseFile
from comity.cases.remarks import changes_of
from comity.cases.run import CaseOutcome, CaseRunner
from comity.engine import Engine
from comity.errors import ComityError
from comity.plan import PlannedRule, Preceded
from comity.plan.limits import moved_dates, moved_limits, moved_lookbacks, with_lookback
from comity.plan.selectors import walk
from comity.policy.lower.lower import lower_policy, lower_selectors, lower_states
from comity.policy.model import Policy, Rule
from comity.policy.vocabulary import Vocabulary
from comity.records import frozen
from comity.results.report import RuleCounts

ASPECTS: Final = ("kept", "broken", "limit", "exempted", "effective", "pending")
"""What cases can show about a rule, in the order of reports."""
_WORDS_ONLY: Final = frozenset(
    {"title", "because", "references", "checked", "review-by", "severity", "enabled"}
)
"""Keys that do not change what a rule requires."""


@frozen
class RuleCoverage:
    """What the cases show about one rule."""

    rule: str
    shown: Mapping[str, bool]
    """For each aspect of the rule, whether it is shown."""
    unnoticed: tuple[str, ...] = ()
    """Limits that can be moved without any case noticing it, such as `gap 7d: a step less`."""


@frozen
class Coverage:
    """What the cases show about a policy's rules, without inherited rules that it does not change."""

    rules: tuple[RuleCoverage, ...]

    @property
    def total(self) -> int:
        """Count what can be shown."""
        return sum(len(rule.shown) for rule in self.rules)

    @property
    def shown(self) -> int:
        """Count what is shown."""
        return sum(sum(rule.shown.values()) for rule in self.rules)


Passed = tuple[Case, CaseOutcome]


def cover(runner: CaseRunner, file: CaseFile, engine: Engine, outcomes: Iterable[Passed]) -> Coverage:
    """Find out what the passing cases of a file show about the first policy of an engine."""
    cases = [
        (case, outcome)
        for case, outcome in outcomes
        if outcome.passed and case.errors is None and runner.engine(file, case) is engine
    ]
    policy = engine.policies[0]
    probe = _Probe(runner, file, engine, cases)
    # What a policy sets that the extended ones leave open is for their cases to show, as any setting.
    changed = {rule for rule, names in changes_of(engine).items() if any(s != "policy" for s, _ in names)}
    rules = [rule for rule in engine.plan.rules if _is_own(policy, rule.id) or rule.id in changed]
    return Coverage(tuple(probe.rule(rule, policy.rules[rule.id]) for rule in rules))


def _is_own(policy: Policy, rule_id: str) -> bool:
    """Return whether a policy's own file writes more of a rule than its texts."""
    if policy.own is None:
        return True
    return not policy.own.get(("rules", rule_id), frozenset()) <= _WORDS_ONLY


class _Probe:
    """Changes one thing of a plan, and runs all cases until one notices it."""

    def __init__(self, runner: CaseRunner, file: CaseFile, engine: Engine, cases: Sequence[Passed]) -> None:
        self._runner, self._file, self._engine, self._cases = runner, file, engine, cases
        self._policy = engine.policies[0]
        self._inherited = _inherited_lookbacks(self._policy, engine.plugins.words)

    def rule(self, planned: PlannedRule, rule: Rule) -> RuleCoverage:
        """Find out what is shown about one rule."""
        kept = self._any(planned, _is_kept) or (planned.constraint.forbids_all and self._lets_be(planned))
        shown = {"kept": kept, "broken": self._any(planned, _is_broken)}
        moved = [
            (f"{limit}: a step {move}", self._notices(planned, plan_rules))
            for limit, move, plan_rules in self._moves(planned)
        ]
        if moved:
            shown["limit"] = all(noticed for _, noticed in moved)
        if rule.common.exempt is not None and self._own(planned.id, "exempt"):
            shown["exempted"] = self._notices(planned, self._unexempt(rule, planned.id))
        if self._own_dates(planned):
            without = attrs.evolve(planned, effective=())
            shown["effective"] = self._notices(planned, self._in_place_of(planned, without))
        if planned.constraint.waits:
            shown["pending"] = self._any(planned, _is_pending)
        return RuleCoverage(planned.id, shown, tuple(limit for limit, noticed in moved if not noticed))

    def _own(self, rule_id: str, key: str) -> bool:
        """Return whether the policy's own file writes a whole rule, or this key of it."""
        keys = None if self._policy.own is None else self._policy.own.get(("rules", rule_id), frozenset())
        return keys is None or "kind" in keys or key in keys

    def _own_dates(self, planned: PlannedRule) -> bool:
        own = self._own(planned.id, "effective") or self._policy.meta.effective is not None
        return own and bool(planned.effective)

    def _moves(self, planned: PlannedRule) -> Iterator[tuple[str, str, tuple[PlannedRule, ...]]]:
        dates = moved_dates(planned) if self._own_dates(planned) else ()
        for moved in (*moved_limits(planned), *dates):
            yield moved.limit, moved.move, self._in_place_of(planned, moved.moved)
        for limit, move, look, other in moved_lookbacks(planned):
            if look in self._inherited:
                continue
            yield limit, move, tuple(with_lookback(rule, look, other) for rule in self._engine.plan.rules)

    def _in_place_of(self, planned: PlannedRule, other: PlannedRule) -> tuple[PlannedRule, ...]:
        return tuple(other if rule is planned else rule for rule in self._engine.plan.rules)

    def _unexempt(self, rule: Rule, rule_id: str) -> tuple[PlannedRule, ...]:
        changed = attrs.evolve(rule, common=attrs.evolve(rule.common, exempt=None))
        policy = attrs.evolve(self._policy, rules={**self._policy.rules, rule_id: changed})
        return lower_policy(policy, self._engine.plugins.words).rules

    def _notices(self, planned: PlannedRule, rules: tuple[PlannedRule, ...]) -> bool:
        """Return whether a case fails with other rules in the plan."""
        changed = attrs.evolve(self._engine, plan=attrs.evolve(self._engine.plan, rules=rules))
        likely = sorted(self._cases, key=lambda passed: not _judges(passed[1], planned))
        return any(self._fails(case, changed) for case, _ in likely)

    def _fails(self, case: Case, changed: Engine) -> bool:
        try:
            return not self._runner.ask(self._file, case, changed).passed
        except ComityError:
            return True

    def _lets_be(self, planned: PlannedRule) -> bool:
        """Return whether a case that expects findings has an event which the rule does not forbid."""
        return any(
            outcome.report.summary.events > _tally(case, outcome, planned).judged
            for case, outcome in self._cases
            if outcome.report is not None and case.findings is not None
        )

    def _any(self, planned: PlannedRule, holds: Callable[[RuleCounts], bool]) -> bool:
        return any(holds(_tally(case, outcome, planned)) for case, outcome in self._cases)


def _inherited_lookbacks(policy: Policy, words: Vocabulary) -> frozenset[Preceded]:
    """Return the look-backs of inherited selectors, which the cases of the extended policies show."""
    own = policy.own
    if own is None:
        return frozenset()
    named = {("events", name): selector for name, selector in lower_selectors(policy, words).items()}
    named |= {("states", name): state for name, state in lower_states(policy, words).items()}
    parts = (part for name, selector in named.items() if name not in own for part in walk(selector))
    return frozenset(part for part in parts if isinstance(part, Preceded))


def _judges(outcome: CaseOutcome, planned: PlannedRule) -> bool:
    return outcome.report is not None and outcome.report.summary.by_rule[planned.name].judged > 0


def _tally(case: Case, outcome: CaseOutcome, planned: PlannedRule) -> RuleCounts:
    """Return the counts of a rule in a case that expects findings; empty counts for other cases."""
    if outcome.report is None or case.findings is None:
        return RuleCounts()
    return outcome.report.summary.by_rule[planned.name]


def _is_kept(tally: RuleCounts) -> bool:
    return tally.judged > tally.violation + tally.pending + tally.indeterminate


def _is_broken(tally: RuleCounts) -> bool:
    return tally.violation > 0


def _is_pending(tally: RuleCounts) -> bool:
    return tally.pending > 0
