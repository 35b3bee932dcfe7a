"""A plan as SQL: the columns that it needs of each event, the steps of each rule, and what they find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

import attrs

from comity.plan import Count, Local, Past, Plan, PlannedRule, Preceded, PythonCheck, Response, Share
from comity.plan.plan import Absent
from comity.records import frozen
from comity.sql.clocks import Clocks, ZoneReading
from comity.sql.dialects.dialect import Dialect
from comity.sql.flags import Flags
from comity.sql.operators.count import find_count
from comity.sql.operators.local import find_local
from comity.sql.operators.past import find_past
from comity.sql.operators.preceded_by import find_preceded
from comity.sql.operators.response import find_response
from comity.sql.operators.share import find_share
from comity.sql.readings import MATTER, Readings, ScopeText
from comity.sql.refused import CannotCompile, NotCompiled, Refusal
from comity.sql.rule_steps import AT, JUDGED, SEQ, RuleSteps
from comity.sql.statement import CompiledRule, Found, Step

EVENTS: Final = '"comity_events"'
"""The relation of all events: `seq`, `at`, what is read of their fields, and what their clocks show."""
MATTERS: Final = '"comity_matters"'
"""The relation of the matters of events: `seq` and `per_matter`, empty for an event without one."""
LATEST: Final = f"(SELECT MAX({AT}) FROM {EVENTS})"


@frozen
class Range:
    """Which events are judged, and until when answers are awaited; instants in microseconds."""

    as_of: int | None = None
    """None is the latest instant of the events."""
    since: int | None = None
    until: int | None = None


@frozen
class Compiled:
    """A plan as SQL, over the relations of all events and, if scopes are of matters, of these."""

    dialect: Dialect
    clocks: Clocks
    """What the table of stretches must have."""
    readings: Readings
    """What must be read of the fields of each event."""
    shared: tuple[Step, ...]
    """The steps that all rules share."""
    rules: tuple[CompiledRule, ...]


def refusals_of(plan: Plan, dialect: Dialect) -> tuple[Refusal, ...]:
    """Return the rules of a plan that cannot be compiled, each with the reason."""
    found: list[Refusal] = []
    for rule in plan.rules:
        try:
            compile_plan(attrs.evolve(plan, rules=(rule,)), dialect)
        except NotCompiled as error:
            found += error.refusals
    return tuple(found)


def compile_plan(
    plan: Plan,
    dialect: Dialect,
    audited: Range = Range(),  # noqa: B008 - it does not change
    *,
    comments: Mapping[str, str] | None = None,
) -> Compiled:
    """Return a plan as SQL; `comments` are sentences by the name of a rule.

    Raises NotCompiled with each rule that cannot be compiled.
    """
    compiler = _Compiler(dialect, audited, len(plan.policies) > 1, comments or {})
    refused = []
    for rule in plan.rules:
        try:
            for selector in rule.selectors():
                compiler.flags.column(selector)
        except CannotCompile as error:
            refused.append(Refusal(rule.policy, rule.id, str(error)))
    source = compiler.flags.relation()
    compiled = []
    for rule in plan.rules:
        try:
            compiled.append(compiler.rule(rule, source))
        except CannotCompile as error:
            refused.append(Refusal(rule.policy, rule.id, str(error)))
    if refused:
        raise NotCompiled(*dict.fromkeys(refused))
    return Compiled(dialect, compiler.clocks, compiler.readings, tuple(compiler.flags.steps), tuple(compiled))


class _Compiler:
    def __init__(self, dialect: Dialect, audited: Range, several: bool, comments: Mapping[str, str]) -> None:
        self.dialect = dialect
        self.clocks, self.readings = Clocks(), Readings()
        self.flags = Flags(self.readings, EVENTS, self._look_back)
        self._audited, self._several, self._comments = audited, several, comments

    def _steps(
        self, name: str, source: str, rule: PlannedRule | Preceded, reading: ZoneReading, absent: Absent
    ) -> RuleSteps:
        return RuleSteps(
            name,
            self.dialect,
            self.clocks,
            self.readings,
            reading,
            rule.per,
            absent,
            source,
            self.flags.column,
        )

    def _by_matter(self, steps: RuleSteps) -> None:
        """Let an event be in the scope of each of its matters."""
        if "matter" in steps.per:
            steps.readings.matters = True
            relation = steps.source
            steps.source = steps.step(
                f"SELECT {relation}.*, {MATTERS}.{MATTER}\n"
                f"FROM {relation} JOIN {MATTERS} ON {MATTERS}.{SEQ} = {relation}.{SEQ}"
            )

    def _look_back(self, name: str, source: str, look: Preceded) -> tuple[list[Step], str]:
        steps = self._steps(name, source, look, ZoneReading(None, look.zone), "pool")
        self._by_matter(steps)
        relation = find_preceded(steps, look)
        return steps.steps, relation

    def rule(self, rule: PlannedRule, source: str) -> CompiledRule:
        """Return a rule as SQL; raises CannotCompile."""
        name = f"{rule.policy} {rule.id}" if self._several else rule.id
        reading = ZoneReading(rule.zone, rule.default_zone)
        steps = self._steps(name, source, rule, reading, rule.absent)
        steps.comment = self._comments.get(rule.name, "")
        self._by_matter(steps)
        steps.judged = self.flags.column(rule.judged)
        steps.limits = self._limits(rule, steps)
        as_of = LATEST if self._audited.as_of is None else str(self._audited.as_of)
        found = self._find(rule, steps, as_of)
        title = self.dialect.literal(rule.name)
        status = "'violation'"
        if found.pending is not None:
            status = f"CASE WHEN {found.pending} THEN 'pending' ELSE 'violation' END"
        due = self.dialect.no_number() if found.due is None else found.due
        matter = MATTER if "matter" in rule.per else "''"
        findings = (
            f'SELECT {title} AS "rule", {SEQ}, {matter} AS "matter", {status} AS "status", {due} AS "due"\n'
            f"FROM {found.relation}\nWHERE {found.condition}"
        )
        judged = f'SELECT {title} AS "rule", COUNT(*) AS "events"\nFROM {steps.played}\nWHERE {JUDGED} = 1'
        return CompiledRule(
            rule.name, tuple(steps.steps), findings, judged, self._lacking(rule, steps.source)
        )

    def _lacking(self, rule: PlannedRule, source: str) -> dict[str, str]:
        plays = " OR ".join(f"{self.flags.column(each)} = 1" for each in dict.fromkeys(rule.selectors()))
        return {
            name: f"SELECT COUNT(DISTINCT {SEQ})\nFROM {source}\n"
            f"WHERE ({plays}) AND {self.readings.column(ScopeText(name))} = ''"
            for name in rule.per
            if name != "person"
        }

    def _limits(self, rule: PlannedRule, steps: RuleSteps) -> str:
        limits = ""
        if self._audited.since is not None:
            limits += f" AND {AT} >= {self._audited.since}"
        if self._audited.until is not None:
            limits += f" AND {AT} < {self._audited.until}"
        if rule.effective:
            limits += f" AND {self.clocks.column('dates', steps.zone, rule.effective)} = 1"
        return limits

    def _find(self, rule: PlannedRule, steps: RuleSteps, as_of: str) -> Found:
        constraint = rule.constraint
        match constraint:
            case Count():
                return find_count(steps, constraint)
            case Past():
                return find_past(steps, constraint)
            case Response():
                return find_response(steps, constraint, as_of)
            case Share():
                return find_share(steps, constraint, as_of)
            case Local():
                return find_local(steps, constraint)
            case PythonCheck():
                raise CannotCompile("it is judged by a function in Python")
            case _:
                assert_never(constraint)
