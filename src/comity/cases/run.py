"""Running a case: what is found is compared with what is expected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from comity.budgets import DEFAULT_BUDGETS, PolicyBudgets
from comity.cases.case import Case, CaseFile
from comity.cases.compare import compare_counts, compare_decision, compare_errors, compare_findings
from comity.clock.instants import parse_instant
from comity.engine import Engine
from comity.errors import ComityError, PolicyError, UsageError
from comity.plugins.manager import Plugins
from comity.policy.compose.search import SearchPath
from comity.records import frozen
from comity.results.decisions import Decision
from comity.results.report import Report

Audit = Callable[..., Report]
"""A function that judges a log like `Engine.audit`, with the engine as its first argument."""


@frozen
class CaseOutcome:
    """The result of a case."""

    differences: tuple[str, ...]
    """One line for each difference; none if the case passes."""
    other_differences: tuple[str, ...] = ()
    """The differences that are not about findings of the audit."""
    report: Report | None = None
    """The report of the audit, if the case needs one."""
    decision: Decision | None = None

    @property
    def passed(self) -> bool:
        """Return whether everything is as expected."""
        return not self.differences


class CaseRunner:
    """Runs cases, and keeps the engines of their policies."""

    def __init__(
        self,
        plugins: Plugins | None = None,
        policy_path: Sequence[Path] = (),
        audit: Audit = Engine.audit,
        budgets: PolicyBudgets = DEFAULT_BUDGETS,
    ) -> None:
        self.plugins = plugins
        self._budgets = budgets
        self._policy_path = tuple(policy_path)
        self._audit = audit
        self._engines: dict[tuple[str | Path, Path], Engine] = {}

    @cached_property
    def search(self) -> SearchPath:
        """The folders in which policies are found by their ids."""
        known = (self.plugins or Plugins()).search
        return SearchPath((*self._policy_path, *known.folders))

    def engine(self, file: CaseFile, case: Case) -> Engine:
        """Return the engine of a case; raises PolicyError, UsageError and OSError as `Engine.of` does."""
        folder = file.path.parent
        key = (file.policy_of(case), folder)
        if key not in self._engines:
            path = [folder, *self._policy_path]
            self._engines[key] = Engine.of(
                key[0], policy_path=path, plugins=self.plugins, budgets=self._budgets
            )
        return self._engines[key]

    def run(self, file: CaseFile, case: Case) -> CaseOutcome:
        """Run one case of a file."""
        try:
            engine = self.engine(file, case)
        except PolicyError as error:
            if case.errors is None:
                return CaseOutcome((f"the policy has faults:\n{error}",))
            return CaseOutcome(tuple(compare_errors(case.errors, error)))
        except (UsageError, OSError) as error:
            return CaseOutcome((f"the policy cannot be loaded: {error}",))
        if case.errors is not None:
            return CaseOutcome((f"the policy has no fault, expected {len(case.errors)}",))
        try:
            return self.ask(file, case, engine)
        except ComityError as error:
            return CaseOutcome((str(error),))

    def ask(self, file: CaseFile, case: Case, engine: Engine) -> CaseOutcome:
        """Run one case with an engine, of its policy or of a similar one."""
        events = file.events(case)
        findings: list[str] = []
        others: list[str] = []
        report = decision = None
        if case.audits:
            instants = {"as_of": case.as_of, "since": case.since, "until": case.until}
            limits = {name: None if text is None else parse_instant(text) for name, text in instants.items()}
            report = self._audit(engine, events, **limits)
            if case.findings is not None:
                findings += compare_findings(case.findings, report.findings)
            others += compare_counts(case, report)
        if case.propose is not None and case.decision is not None:
            proposed = file.event(case, case.propose, "proposed")
            decision = engine.decide(events, proposed, later=case.decision.later)
            others += compare_decision(case.decision, decision)
        return CaseOutcome((*findings, *others), tuple(others), report, decision)


def run_case(
    file: CaseFile, case: Case, plugins: Plugins | None = None, audit: Audit = Engine.audit
) -> list[str]:
    """Run one case of a file and return the differences, one line for each; none if it passes."""
    return list(CaseRunner(plugins, audit=audit).run(file, case).differences)
