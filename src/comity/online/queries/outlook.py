"""The outlook from the end of a history: from when on its rules allow contacts that are alike but for time.

A rule whose verdict depends on the time alone forbids up to some instant, and allows from there on. Until the
history grows that is worked out once for all such contacts, in place of asking the rule about each: an
allowed decision by three rules takes little more than half as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from comity.clock.instants import MAX_INSTANT, UNSURE
from comity.events.event import Event
from comity.events.history import History
from comity.online.compiled_plan import CompiledPlan
from comity.online.event_dispatch import GroupCall, signature_of
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator, Unknown
from comity.online.operators.rule import Flags, label_of
from comity.online.operators.states.memory import Memory
from comity.online.operators.states.state_codec import State
from comity.online.queries.decide import BrokenRule, make_findings, rest_on
from comity.online.queries.search import Failed, Wait, fixpoint_instant
from comity.results.decisions import Decision

OutlookKey = tuple[str, str, str, str, str | None]
"""The person, the kind, the channel, the direction and the outcome of a proposed contact."""
_KEYED: Final = frozenset(
    {"person", "kind", "channel", "medium", "direction", "outcome", "matter", "timezone"}
)
"""The fields that are alike for all contacts of one outlook; they have no matter and no timezone."""
NEVER: Final = 1 << 62
"""An instant after all others."""


class Sure(NamedTuple):
    """A rule that depends on the time alone."""

    operator: AnyOperator
    scope: Scope
    state: State
    flags: Flags
    first: int
    """It forbids before this instant; NEVER if it never allows."""


class Outlook(NamedTuple):
    """The rules for contacts that are alike but for their time, at the end of a history."""

    end: int
    """It holds from this instant on."""
    first: int
    """From here on no sure rule forbids."""
    until: int
    """It holds up to here: then a sure rule may forbid again."""
    asked: Sequence[Wait]
    """The rules that must be asked about each contact."""
    sure: Sequence[Sure]
    waits: Sequence[Wait]
    """The rules of severity `error` that may forbid again."""
    groups: Sequence[GroupCall]


NO_OUTLOOK: Final = Outlook(0, 0, 0, (), (), (), ())
"""For contacts of which a decision needs more."""


def decide_ahead(compiled: CompiledPlan, history: History, proposed: Event) -> Decision | None:
    """Return the decision on an event at the end of an indexed history, None if it needs the general way."""
    at = proposed.at
    if type(at) is not int or proposed.timezone or proposed.matter != () or proposed.date_only:
        return None
    try:
        with history.lock:
            index = history.indexes.get(compiled)
            if index is None or index.taken != len(history.events):
                return None
            key = proposed.person, proposed.kind, proposed.channel, proposed.direction, proposed.outcome
            outlook: Outlook | None = index.outlooks.get(key)
            if outlook is None:
                outlook = index.look_out(key, proposed)
            end, first, until, asked, _, _, groups = outlook
            if not end <= at < until:
                return None
            if at < first:
                return _denial(compiled, outlook, proposed, index.taken)
            for operator, _, state, flags in asked:
                if (operator.always_effective or operator.is_effective(proposed)) and operator.next_allowed(
                    state, proposed, at, flags
                ) != at:
                    return _denial(compiled, outlook, proposed, index.taken)
            return Decision("allow", (), at, (rest_on, compiled, proposed, index.taken, groups, None))
    except Exception:
        return None  # The general way finds it too, and says which rule raised or what is wrong.


def _denial(compiled: CompiledPlan, outlook: Outlook, proposed: Event, position: int) -> Decision | None:
    """Return the decision on an event that breaks a rule; None if more than the rules' verdicts is needed."""
    at = proposed.at
    broken: list[BrokenRule] = []
    waits, denied = outlook.waits, False
    instant: int | None = at
    for operator, scope, state, flags, first in outlook.sure:
        if at < first:
            allowed = None if first == NEVER else first
            broken.append((operator, scope, operator.check(state, proposed, flags), allowed))
            if operator.is_error:
                denied = True
                if instant is not None and (allowed is None or allowed > instant):
                    instant = allowed
    for operator, scope, state, flags in outlook.asked:
        if not operator.always_effective and not operator.is_effective(proposed):
            if operator.is_error:
                waits = [wait for wait in waits if wait[0] is not operator]
            continue
        allowed = operator.next_allowed(state, proposed, at, flags)
        if allowed != at:
            facts = operator.check(state, proposed, flags)
            if type(facts) is Unknown:
                return None
            broken.append((operator, scope, facts, allowed))
            if operator.is_error:
                denied = True
                if instant is not None and (allowed is None or allowed > instant):
                    instant = allowed
    if denied and waits and instant is not None:
        try:
            instant = fixpoint_instant(waits, proposed, instant)
        except Failed:
            return None
    findings = partial(make_findings, broken, proposed, label_of(proposed, position), ())
    basis = (rest_on, compiled, proposed, position, outlook.groups, None)
    return Decision("deny" if denied else "warn", findings, instant if denied else at, basis)


def find_outlook(compiled: CompiledPlan, memory: Memory, end: int, proposed: Event) -> Outlook:
    """Work out the outlook for contacts such as a proposed one, from the last instant of a history on."""
    dispatch = compiled.decision_dispatch(signature_of(proposed))
    if compiled.typed or memory.failed or dispatch.undecided:
        return NO_OUTLOOK
    end = max(end, UNSURE)
    sure: list[Sure] = []
    asked: list[Wait] = []
    waits: list[Wait] = []
    until = MAX_INSTANT + 1
    for number, scopes_of, calls in dispatch.fixed:
        if not _KEYED.issuperset(calls[0][0].rule.per):
            return NO_OUTLOOK
        for scope in scopes_of(proposed):
            states = memory.states[number].get(scope)
            for operator, next_allowed, slot, fires, always, is_error, flags in calls:
                state = None if states is None else states[slot]
                if state is None and not fires:
                    continue
                wait = (operator, scope, state, flags)
                if not always or operator.is_periodic or not operator.by_time_alone:
                    asked.append(wait)
                    waits += [wait] * is_error
                    continue
                first = next_allowed(state, proposed, end, flags)
                if first is None:
                    sure.append(Sure(*wait, NEVER))
                    continue
                sure.append(Sure(*wait, first))
                forbidden = operator.next_forbidden(state, proposed, first, flags)
                if forbidden is not None:
                    until = min(until, forbidden)
                    waits += [wait] * is_error
    first = max((each.first for each in sure), default=end)
    return Outlook(end, first, until, asked, sure, waits, dispatch.fixed)
