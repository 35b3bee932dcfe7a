"""The evaluator: takes events in order, and has each rule judge them and remember what later ones need."""

from __future__ import annotations

from comity.errors import EventError
from comity.events.event import Event
from comity.online.compiled_plan import CompiledPlan
from comity.online.event_dispatch import EventDispatch, GroupVisit, Mode
from comity.online.met_signatures import MetSignatures
from comity.online.operators.compile import open_deadlines
from comity.online.operators.deadlines.deadline_rule import Awaited, DeadlineRule
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator, Operator
from comity.online.operators.preceded_by import Lookback
from comity.online.operators.rule import BoundRule, Flags, Label, label_of
from comity.online.operators.states.state_codec import State
from comity.online.operators.unread_finding import order_of, unread_finding
from comity.online.unread import UnreadCounter
from comity.results.findings import Finding

LookedBack = tuple[Lookback, bool, bool]
"""A `preceded-by` that an event concerns: whether it selects the event, and whether the event resets it."""
NOTHING: list[LookedBack] = []


class Evaluator(MetSignatures):
    """Takes events one by one, in time order, and applies the rules of a compiled plan."""

    __slots__ = (
        "_since",
        "_streams",
        "_typed",
        "_until",
        "expired",
        "found",
        "lacking",
        "memory",
        "open_responses",
        "reported",
        "unread",
    )

    def __init__(
        self,
        compiled: CompiledPlan,
        mode: Mode = "judge",
        *,
        since: int | None = None,
        until: int | None = None,
        streams: bool = False,
    ) -> None:
        """Take events for a plan.

        With `streams`, events come without an end: the texts of findings are made when they are read, and
        the scopes whose states were not used for the longest time come first in the memory.
        """
        super().__init__(compiled, mode, limited=since is not None or until is not None)
        self._streams = streams
        self.memory = compiled.new_memory()
        responses = compiled.responses if mode in ("judge", "index") else ()
        self.open_responses = {bound.number: open_deadlines(bound, since, until) for bound in responses}
        self.found: list[tuple[int, Finding]] = []
        """Positions of judged events, and findings about them, in the order in which they became certain."""
        self.expired: list[tuple[DeadlineRule, Awaited]] = []
        """Responses whose deadlines have passed unanswered, not reported yet."""
        self.lacking: dict[int, dict[str, int]] = {}
        """By the number of a rule: how many events lack which field of its scopes."""
        self.unread = UnreadCounter(compiled)
        """Counts the values that cannot be read as their policies declare them."""
        self.memory.unread = self.unread
        self.reported: set[tuple[int, Scope]] = set()
        """Rules by number, and the scopes for which a finding already says that the rule raised."""
        self._typed = bool(compiled.plan.typed)
        self._since, self._until = since, until

    def take(self, event: Event, position: int) -> None:
        """Take the next event in order; the position is its place in the input."""
        at = event.at
        if self.open_responses:
            self.expire(at)
        signature = (event.kind, event.channel, event.direction, event.outcome)
        met = self._met.get(signature)
        if met is None:
            met = self._meet(signature)
        met.events += 1
        values = met.values
        if values is None:
            if self._typed:
                self.unread.take(event)
            return
        limited = self._limited
        within = not limited or self._is_within(at)
        label = event.id or event.label or position
        seen = (at, label)
        memory, in_order_of_use = self.memory, self._streams
        fixed, undecided, responses, lookbacks = values
        looked_back = NOTHING
        if undecided or lookbacks:
            fixed, responses, looked_back = self._ask(met.dispatch, event)
        for number, scopes_of, remembers, visits, each_visit in fixed:
            by_scope = memory.states[number]
            scopes: tuple[Scope, ...] = ((event.person,),) if scopes_of is None else scopes_of(event)
            for scope in scopes:
                if in_order_of_use and remembers:
                    states = by_scope.pop(scope, None)
                    if states is not None:
                        by_scope[scope] = states
                else:
                    states = by_scope.get(scope)
                if states is None:
                    states = self.compiled.groups[number].new_states()
                    if remembers and type(scope) is tuple:
                        # Nothing comes after an event that is alone in its scope.
                        by_scope[scope] = states
                for operator, slot, flags, check, fires_on_empty_state, counts, update in each_visit:
                    state = states[slot]
                    if check is not None:
                        try:
                            judges = not (counts or limited) or (within and self._judges(operator, event))
                            if judges and (state is not None or fires_on_empty_state):
                                facts = check(state, event, flags)
                                if facts is not None:
                                    self._find(operator, state, scope, event, position, facts, flags)
                        except Exception as error:
                            self._fail(operator, scope, event, position, error)
                    if update is not None:
                        try:
                            states[slot] = update(state, seen, event, flags)
                        except Exception as error:
                            self._lose(operator, scope, event, position, error)
            if scopes_of is not None and (not scopes or None in scopes[0]):
                for visit in visits:
                    self._note_lacking(visit.operator, event)
        for bound, flags in responses:
            self._respond(bound, event, label, position, flags, within)
        for lookback, selected, resets in looked_back:
            lookback.update_state(event, memory, selected, resets)
        if self._typed:
            self.unread.take(event)

    def _judges(self, operator: AnyOperator, event: Event) -> bool:
        """Return whether a rule is in effect for an event, and count that it judges it."""
        if not operator.always_effective and not operator.is_effective(event):
            return False
        self._judged[operator.number] += 1
        return True

    def _ask(
        self, dispatch: EventDispatch, event: Event
    ) -> tuple[list[GroupVisit], list[tuple[DeadlineRule, Flags]], list[LookedBack]]:
        """Add what the signature does not decide; all is asked before anything is remembered."""
        memory = self.memory
        fixed, responses, looked_back = dispatch.fixed.copy(), dispatch.responses.copy(), []
        for bound, tests in dispatch.undecided:
            flags = tuple([test(event, memory) for test in tests])
            if True not in flags:
                continue
            if isinstance(bound, Operator):
                at_the_end = bound.at_the_end if self._mode == "judge" else None
                judges = flags[0] and at_the_end is None
                fixed.append(self.compiled.group_visit(bound, flags, judges=judges))
                if at_the_end is not None:
                    responses.append((at_the_end, flags))
            else:
                responses.append((bound, flags))
        for lookback, tests in dispatch.lookbacks:
            selected, resets = [test(event, memory) for test in tests]
            if selected or resets:
                looked_back.append((lookback, selected, resets))
        return fixed, responses, looked_back

    def _respond(
        self,
        bound: DeadlineRule,
        event: Event,
        label: Label,
        position: int,
        flags: Flags,
        within: bool,
    ) -> None:
        """Let an event trigger or answer responses in each of its scopes."""
        triggers = flags[0] and within and bound.is_effective(event)
        scopes = bound.scopes(event)
        for scope in scopes:
            judged = triggers
            try:
                judged = self.open_responses[bound.number].take(
                    scope, event, label, position, flags, judged=triggers
                )
            except Exception as error:
                self._lose(bound, scope, event, position, error)
            self._judged[bound.number] += judged
        if (not scopes or None in scopes[0]) and bound.number not in self.compiled.slot_of:
            # Where an operator judges decisions for the rule, it has been noted with that.
            self._note_lacking(bound, event)

    def _find(
        self,
        operator: AnyOperator,
        state: State,
        scope: Scope,
        event: Event,
        position: int,
        facts: object,
        flags: Flags,
    ) -> None:
        allowed_from = operator.next_allowed(state, event, event.at, flags)
        make = (
            unread_finding
            if self._streams and not operator.rule.constraint.in_python
            else type(operator).finding
        )
        label = label_of(event, position)
        self.found.append((position, make(operator, scope, event, label, facts, allowed_from)))

    def _fail(self, bound: BoundRule, scope: Scope, event: Event, position: int, error: Exception) -> None:
        """Report that a rule raised on a scope; raises EventErrors again, which are about the event."""
        if isinstance(error, EventError):
            raise error
        self._report_failure(bound, scope, event, position, error)

    def _report_failure(
        self, bound: BoundRule, scope: Scope, event: Event, position: int, error: Exception
    ) -> None:
        """Make the finding about a rule that raised, once for each scope."""
        if (bound.number, scope) not in self.reported:
            if type(scope) is tuple:
                self.reported.add((bound.number, scope))
            finding = bound.failure(scope, event, label_of(event, position), error)
            self.found.append((position, finding))

    def _lose(self, bound: BoundRule, scope: Scope, event: Event, position: int, error: Exception) -> None:
        """Report a rule that raised when it updated its state: the state of the scope is now incomplete."""
        self._fail(bound, scope, event, position, error)
        if type(scope) is tuple:
            self.memory.failed.add((bound.number, scope))

    def expire(self, now: int) -> None:
        """Move the responses whose deadline is before an instant to `expired`."""
        for responses in self.open_responses.values():
            if responses.next_deadline < now:
                self.expired += [(responses.bound, open_one) for open_one in responses.expire(now)]

    def report_expired(self, as_of: int | None = None) -> None:
        """Make a finding of each expired response: a violation, or pending if its deadline is after as-of."""
        for bound, open_one in self.expired:
            if unlisted := bound.unlisted(open_one, as_of):
                self.open_responses[bound.number].unlisted += unlisted
            finding = bound.report(open_one, as_of)
            if finding is not None:
                self.found.append((open_one.position, finding))
        self.expired.clear()

    def close(self, as_of: int | None) -> None:
        """End the history: what expired or is open is a violation, or pending where there is time left."""
        if as_of is not None:
            self.expire(as_of + 1)
        for responses in self.open_responses.values():
            self.expired += [(responses.bound, open_one) for open_one in responses.open()]
            self._judged[responses.bound.number] += responses.entered(as_of)
            responses.clear()
        self.report_expired(as_of)

    def unlisted(self, number: int) -> int:
        """Return how many findings of a rule were not made, since there are too many of their kind."""
        responses = self.open_responses.get(number)
        return 0 if responses is None else responses.unlisted

    def take_found(self) -> list[Finding]:
        """Return the findings so far and forget them; ordered by judged event, policy, rule and scope."""
        found = self.found
        if len(found) > 1:
            found.sort(key=_in_order)
        findings = [finding for _, finding in found]
        found.clear()
        return findings

    def _is_within(self, at: int) -> bool:
        return (self._since is None or at >= self._since) and (self._until is None or at < self._until)

    def _note_lacking(self, bound: BoundRule, event: Event) -> None:
        """Count the fields of a scope that an event lacks."""
        lacking = self.lacking.setdefault(bound.number, {})
        for name in bound.lacking(event):
            lacking[name] = lacking.get(name, 0) + 1


def _in_order(found: tuple[int, Finding]) -> tuple[object, ...]:
    position, finding = found
    return position, *order_of(finding)
