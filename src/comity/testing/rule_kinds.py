"""Checking a rule kind against its own naive statement, on random histories; needs hypothesis."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import attrs

from comity.clock.instants import MAX_INSTANT
from comity.engine import Engine
from comity.events.event import Event
from comity.plugins.manager import Plugins
from comity.policy.model import RuleKind
from comity.records import frozen
from comity.results.findings import Finding
from comity.testing.histories import DAY, histories
from comity.testing.plugin_of import plugin_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Naive = Callable[[Mapping[str, Any], Sequence[Event], int], bool | None]
"""Says whether a rule (its keys) holds at one of a person's events; None if it does not judge the event.

The events are in order, and the place is that of the judged one. Later events matter to kinds that wait for
an answer.
"""
RULE: Final = "rule"
_LATER: Final = (1, 60_000_000, DAY, 30 * DAY, 400 * DAY)
"""How much later a contact that is never allowed is tried again."""


def check_rule_kind(
    kind: type[RuleKind],
    naive: Naive,
    rules: Sequence[Mapping[str, Any]],
    *,
    events: SearchStrategy[list[Event]] | None = None,
    policy: Mapping[str, Any] | None = None,
    timezone: str = "Europe/Paris",
    examples: int = 100,
) -> None:
    """Check that a rule kind is what its naive statement says, and what a rule kind must be.

    For each of the `rules` (tables of the kind's keys) and many histories (`events`, by default those of
    `histories()`): an audit finds what the statement says; it does so again, of a shuffled log, by columns,
    in a monitor, and in one that was saved and restored in the middle; a decision is to deny where the audit
    finds something; and `next_allowed` is allowed while one microsecond earlier is not. `policy` are further
    tables, such as `events`. Rules are per person. Raises AssertionError with what differs.
    """
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
    from hypothesis.errors import Flaky

    plugins = Plugins([plugin_of(rule_kinds=[kind])])
    everyday = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    drawing = given(events if events is not None else histories(), st.integers(0, 2**32 - 1))
    for table in rules:
        checked = _Checked(_engine(kind, table, policy or {}, timezone, plugins), naive, table)
        try:
            everyday(drawing(checked.check_drawn))()
        except Flaky as error:
            message = f"{checked.rule}: asked again of the same history, the kind says something else"
            raise AssertionError(message) from error


def _engine(
    kind: type[RuleKind],
    table: Mapping[str, object],
    further: Mapping[str, object],
    timezone: str,
    plugins: Plugins,
) -> Engine:
    meta = {"id": "check", "title": "Check", "version": "1", "timezone": timezone}
    tables = {"comity": 1, "policy": meta, **further, "rules": {RULE: {"kind": kind.kind, **table}}}
    return Engine.of(tables, plugins=plugins)


@frozen
class _Checked:
    """One rule, and what must hold for it."""

    engine: Engine
    naive: Naive
    rule: Mapping[str, Any]

    def check_drawn(self, events: list[Event], seed: int) -> None:
        """Check everything that must hold on one history."""
        chance = random.Random(seed)
        found = self._audit(events)
        wanted = [event.id for event in events if self._holds(events, event) is False]
        assert sorted(found) == sorted(str(name) for name in wanted), (
            f"{self.rule}: the audit finds {sorted(found)}, the naive statement {sorted(map(str, wanted))}, "
            f"of {events}"
        )
        assert self._audit(events) == found, f"{self.rule}: the same log gives other findings, of {events}"
        shuffled = chance.sample(events, len(events))
        assert self._audit(shuffled) == found, f"{self.rule}: shuffled, a log gives other findings: {events}"
        if find_spec("numpy") and find_spec("pyarrow"):
            columnar = self._audit(events, engine="columnar")
            assert columnar == found, f"{self.rule}: by columns the findings are others, of {events}"
        for cut in (None, chance.randint(0, len(events))):
            watched = self._watch(events, cut)
            assert watched == found, f"{self.rule}: a monitor restored at {cut} finds others, of {events}"
        if not any(finding.due is not None for finding in found.values()):
            for event in events:
                self._check_decision(events, event, found)

    def _audit(self, events: list[Event], engine: Any = "online") -> dict[str, Finding]:
        report = self.engine.audit(events, as_of=MAX_INSTANT, engine=engine)
        failed = [finding.message for finding in report.findings if finding.status == "indeterminate"]
        assert not failed, f"{self.rule}: the kind failed: {failed[0]}"
        return {finding.event: finding for finding in report.findings}

    def _watch(self, events: list[Event], cut: int | None) -> dict[str, Finding]:
        monitor = self.engine.monitor()
        found = []
        for place, event in enumerate(events):
            if place == cut:
                monitor = self.engine.restore(monitor.snapshot())  # type: ignore[assignment]
            found += monitor.feed(event)
        return {finding.event: finding for finding in (*found, *monitor.close(MAX_INSTANT))}

    def _holds(self, events: Sequence[Event], event: Event) -> bool | None:
        own = [each for each in events if each.person == event.person]
        return self.naive(self.rule, own, own.index(event))

    def _check_decision(self, events: list[Event], event: Event, found: Mapping[str, Finding]) -> None:
        earlier = [each for each in events if each.person == event.person and each.at < event.at]
        decision = self.engine.decide(earlier, event)
        denied = event.id in found
        assert (decision.outcome == "deny") == denied, (
            f"{self.rule}: decided {decision.outcome}, while the audit finds {denied}, at {event} of {events}"
        )
        if not denied:
            return
        next_allowed = decision.next_allowed
        if next_allowed is None:
            for later in _LATER:
                tried = self._at(earlier, event, event.at + later)
                assert tried is False, f"{self.rule}: never allowed, but {tried} {later} us after {event}"
            return
        assert self._at(earlier, event, next_allowed) is not False, (
            f"{self.rule}: `next_allowed` {next_allowed} is not allowed, for {event} of {events}"
        )
        assert self._at(earlier, event, next_allowed - 1) is False, (
            f"{self.rule}: before `next_allowed` {next_allowed} it is allowed, for {event} of {events}"
        )

    def _at(self, earlier: list[Event], event: Event, at: int) -> bool | None:
        """Return whether the event would be allowed at another instant, given the events before it."""
        return self._holds([*earlier, moved := attrs.evolve(event, at=at)], moved)
