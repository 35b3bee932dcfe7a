"""The evaluator: each event goes to the rules in which it plays a part."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from comity.errors import EventError, one_of
from comity.events import DIRECTIONS, Channels, Event, fold
from comity.findings import Finding
from comity.online.fields import Scope
from comity.online.lookback import Lookback
from comity.online.operators import make_runner
from comity.online.predicates import Test, compile_selector
from comity.online.runner import Context, Flags, Runner, label_of
from comity.plan import ALWAYS, NEVER, Plan, Preceded, Selector
from comity.plan.selectors import simplify, walk
from comity.plan.values import is_unreadable

Signature = tuple[str, str, str, str | None]
"""An event's kind, channel, direction and outcome, as written."""
Visit = Callable[[Scope, Event, str, Flags], None]
ScopesOf = Callable[[Event], tuple[Scope, ...]]
MOST_SIGNATURES = 10_000


class Parts(NamedTuple):
    """What the events of one signature have to do."""

    fixed: list[tuple[ScopesOf, list[tuple[Visit, Flags]]]]
    """Rules whose roles the signature settles, together where they have the same scopes."""
    asked: list[tuple[Runner, tuple[Test, ...]]]
    """Rules whose roles must be asked of each event."""
    looked_back: list[tuple[Lookback, tuple[Test, Test]]]


class Evaluator:
    """Judges the events of a plan one by one, in order."""

    def __init__(
        self, plan: Plan, channels: Channels, *, since: int | None = None, until: int | None = None
    ) -> None:
        self._context = Context(channels, since, until)
        self._context.holds = self._holds
        self._tests: dict[Selector, Test] = {}
        self._channels = channels
        self._lookbacks: dict[Preceded, Lookback] = {}
        self._judging: dict[Signature, Parts] = {}
        self._remembering: dict[Signature, Parts] = {}
        self._typed = plan.typed
        self.unreadable: dict[str, int] = {}
        self.runners: list[Runner] = [make_runner(rule, self._context) for rule in plan.rules]
        for runner in self.runners:
            self._find_lookbacks(runner.roles)

    @property
    def found(self) -> list[tuple[int, Finding]]:
        """The findings so far, each with the position of the judged event."""
        return self._context.found

    def feed(self, event: Event, position: int) -> None:
        """Take the next event in order; the position is its place in the input."""
        self._take(event, position, self._judging, judging=True)
        if self._typed:
            self._note_unreadable(event)

    def remember(self, event: Event, position: int) -> None:
        """Take the next event in order without judging it."""
        self._take(event, position, self._remembering, judging=False)

    def _take(self, event: Event, position: int, known: dict[Signature, Parts], *, judging: bool) -> None:
        signature = (event.kind, event.channel, event.direction, event.outcome)
        parts = known.get(signature)
        if parts is None:
            parts = self._specialise(signature, known, judging=judging)
        label = event.id or event.label or label_of(event, position)
        self._context.position = position
        for scopes_of, visits in parts.fixed:
            for scope in scopes_of(event):
                for visit, flags in visits:
                    try:
                        visit(scope, event, label, flags)
                    except Exception as error:
                        _runner_of(visit).fail(scope, event, label, error)
                if None in scope:
                    for visit, _ in visits:
                        _runner_of(visit).note_lacking(scope, event)
        if parts.asked or parts.looked_back:
            asked = [(runner, tuple([test(event) for test in tests])) for runner, tests in parts.asked]
            looked_back = [
                (back, selected(event), lifts(event)) for back, (selected, lifts) in parts.looked_back
            ]
            for runner, flags in asked:
                if True in flags:
                    self._visit(runner, event, label, flags)
            for back, is_selected, is_lifting in looked_back:
                if is_selected or is_lifting:
                    back.remember(event, is_selected, is_lifting)

    @staticmethod
    def _visit(runner: Runner, event: Event, label: str, flags: Flags) -> None:
        for scope in runner.scopes(event):
            try:
                runner.visit(scope, event, label, flags)
            except Exception as error:
                runner.fail(scope, event, label, error)
            if None in scope:
                runner.note_lacking(scope, event)

    def applying(self, event: Event) -> list[Runner]:
        """List the rules that judge an event, its selectors and effective dates asked."""
        tests = [
            compile_selector(
                self._known(runner.rule.judged, self._signature(event)), self._channels, self._lookback
            )
            for runner in self.runners
        ]
        return [
            runner
            for runner, test in zip(self.runners, tests, strict=True)
            if test(event) and runner.in_force(event)
        ]

    def close(self, as_of: int | None) -> None:
        """End the history: what is open becomes a violation, or pending where there is time left."""
        for runner in self.runners:
            runner.close(as_of)

    @staticmethod
    def _signature(event: Event) -> Signature:
        return (event.kind, event.channel, event.direction, event.outcome)

    def _specialise(self, signature: Signature, known: dict[Signature, Parts], *, judging: bool) -> Parts:
        """Decide once for all events of a signature what it settles."""
        if len(known) >= MOST_SIGNATURES:
            known.clear()
        parts = Parts([], [], [])
        by_scope: dict[tuple[str, ...], tuple[ScopesOf, list[tuple[Visit, Flags]]]] = {}
        for runner in self.runners:
            roles = [self._known(role, signature) for role in runner.roles]
            if not judging:
                roles[0] = NEVER
            if all(role in (ALWAYS, NEVER) for role in roles):
                flags = tuple(role == ALWAYS for role in roles)
                if True in flags:
                    by_scope.setdefault(runner.rule.per, (runner.scopes, []))[1].append((runner.visit, flags))
            else:
                tests = tuple(compile_selector(role, self._channels, self._lookback) for role in roles)
                parts.asked.append((runner, tests))
        parts.fixed.extend(by_scope.values())
        for lookback in self._lookbacks.values():
            roles = [self._known(role, signature) for role in lookback.roles]
            if any(role != NEVER for role in roles):
                selected, lifts = (compile_selector(role, self._channels, self._lookback) for role in roles)
                parts.looked_back.append((lookback, (selected, lifts)))
        known[signature] = parts
        return parts

    def _known(self, selector: Selector, signature: Signature) -> Selector:
        kind, channel, direction, outcome = signature
        channels = self._channels
        folded = fold(direction)
        if folded not in DIRECTIONS:
            raise EventError(f"`{direction}` is not a direction: allowed are {one_of(DIRECTIONS)}")
        name = channels.name(channel)
        known = {
            "kind": fold(kind),
            "channel": name,
            "medium": channels.medium(name),
            "direction": folded,
            "outcome": None if outcome is None else fold(outcome),
        }
        return simplify(selector, known)

    def _find_lookbacks(self, roles: tuple[Selector, ...]) -> None:
        for role in roles:
            for part in walk(role):
                if isinstance(part, Preceded) and part not in self._lookbacks:
                    self._lookbacks[part] = Lookback(part, self._channels)

    def _lookback(self, preceded: Preceded) -> Test:
        return self._lookbacks[preceded].holds

    def _holds(self, selector: Selector, event: Event) -> bool:
        test = self._tests.get(selector)
        if test is None:
            test = self._tests[selector] = compile_selector(selector, self._channels, self._lookback)
        return test(event)

    def _note_unreadable(self, event: Event) -> None:
        for policy, field in self._typed:
            if is_unreadable(event.attributes.get(field.name), field):
                name = f"{policy}/{field.name}"
                self.unreadable[name] = self.unreadable.get(name, 0) + 1


def _runner_of(visit: Visit) -> Runner:
    """Give the runner whose method this is."""
    runner: Runner = visit.__self__  # type: ignore[attr-defined]
    return runner
