"""A plan compiled for events: it decides once for each signature what to do with an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, get_args

from comity.columns.event_columns import ArrowStream, EventColumns
from comity.errors import EventError, one_of, shown
from comity.events.census import MOST_SIGNATURES, Signature
from comity.events.channels.channel import Channels
from comity.events.channels.directions import DIRECTIONS
from comity.events.event import Event
from comity.events.fields import fold
from comity.events.values import read_text
from comity.notices import Notice
from comity.online.event_dispatch import (
    NOTHING_TO_DO,
    DecisionDispatch,
    EventDispatch,
    GroupVisit,
    Mode,
    OperatorVisit,
    RuleCall,
    constant_flags,
)
from comity.online.operators.compile import bind_rule
from comity.online.operators.deadlines.deadline_rule import DeadlineRule
from comity.online.operators.fields import Scope, ScopesOf
from comity.online.operators.operator import AnyOperator, Operator
from comity.online.operators.preceded_by import Lookback
from comity.online.operators.rule import BoundRule, Flags
from comity.online.operators.selectors import EventTest, compile_selector
from comity.online.operators.states.memory import Memory, ScopeStates
from comity.online.operators.states.state_codec import State
from comity.plan import NEVER, Field, Plan, Preceded, Selector
from comity.plan.plan import Absent
from comity.plan.selectors import simplify, walk
from comity.plan.unread import readings_of

ReadTable = Callable[[ArrowStream], EventColumns]
About = Callable[[Event], tuple[Notice, ...]]
PERSON: Final = ("person",)


def nothing_about(event: Event) -> tuple[Notice, ...]:
    """Return no notices."""
    return ()


class Group:
    """Operators with the same scopes: they keep their states of a scope together."""

    def __init__(self, number: int, per: tuple[str, ...], absent: Absent, scopes: ScopesOf) -> None:
        self.number = number
        self.scopes = scopes
        self.asked = None if per == PERSON else scopes
        """The scopes; None if that is the person alone, which takes less time to write than to ask for."""
        self.has_one = "matter" not in per and absent != "skip"
        """Whether each event has exactly one scope."""
        self.operators: list[AnyOperator] = []

    def new_states(self) -> ScopeStates:
        """Return the states of a scope before its first event."""
        return [None] * len(self.operators)


class CompiledPlan:
    """A compiled plan. Only its caches change, so threads may share it."""

    def __init__(
        self,
        plan: Plan,
        channels: Channels,
        versions: Mapping[str, str] | None = None,
        notices: tuple[Notice, ...] = (),
        about: About = nothing_about,
        read_table: ReadTable | None = None,
    ) -> None:
        self.plan = plan
        self.read_table = read_table
        """Returns the events of a table; None where there is nothing that can read one."""
        self.about = about
        """Returns the notices about a proposed event."""
        self.typed = bool(plan.typed)
        """Whether policies declare types of attributes, so that values may be unreadable."""
        self.several = plan.several()
        """The attributes with several texts."""
        self.notices = notices
        """The notices from loading the policies."""
        self.versions = versions or {}
        """The version of each policy, by its id."""
        self.channels = channels
        self.bound_rules = [bind_rule(number, rule, channels) for number, rule in enumerate(plan.rules)]
        at_the_end = [
            bound if isinstance(bound, DeadlineRule) else bound.at_the_end for bound in self.bound_rules
        ]
        self.responses = [bound for bound in at_the_end if bound is not None]
        """The rules that judge when time has passed."""
        self.groups: list[Group] = []
        self.slot_of: dict[int, tuple[int, int]] = {}
        """By the number of an operator: its group, and its slot in the states of the group."""
        self.lookbacks: dict[Preceded, Lookback] = {}
        self.known_decision_dispatch: dict[Signature, DecisionDispatch] = {}
        self.state_needs: dict[Signature, Any] = {}
        """The cache of `find_state_needs`."""
        self._visits: dict[tuple[int, Flags, bool, bool], GroupVisit] = {}
        self._dispatch: dict[Mode, dict[Signature, EventDispatch]] = {mode: {} for mode in get_args(Mode)}
        by_per: dict[tuple[tuple[str, ...], Absent], Group] = {}
        for bound in self.bound_rules:
            for part in preceded_in(bound):
                if part not in self.lookbacks:
                    self.lookbacks[part] = Lookback(len(self.lookbacks), part, channels)
            if isinstance(bound, Operator):
                per = bound.rule.per, bound.rule.absent
                if per not in by_per:
                    by_per[per] = Group(len(self.groups), *per, bound.scopes)
                    self.groups.append(by_per[per])
                group = by_per[per]
                self.slot_of[bound.number] = group.number, len(group.operators)
                group.operators.append(bound)
        typed: dict[str, list[Field]] = {}
        for policy, field in plan.typed:
            typed.setdefault(policy, []).append(field)
        self.readings = [readings_of(rule, typed.get(rule.policy, ())) for rule in plan.rules]
        """For each rule, the declared attributes that it reads."""
        self.looks = [*self.lookbacks.values()]
        """The look-backs in the order of their numbers."""
        self.by_person = self._is_by_person()
        """Whether every scope belongs to one person, so that events of different persons never interact."""
        self.in_python = any(rule.constraint.in_python for rule in plan.rules)
        """Whether a rule is judged in Python, so that asking it may always fail."""
        self.blank = self.new_memory()
        """The memory before the first event; do not change it."""

    def _is_by_person(self) -> bool:
        scopes = [bound.rule.per for bound in self.bound_rules] + [look.per for look in self.lookbacks]
        return all("person" in per for per in scopes)

    def new_memory(self) -> Memory:
        """Return a new, empty memory."""
        return Memory([{} for _ in self.groups], [{} for _ in self.lookbacks])

    def state_of(self, operator: AnyOperator, scope: Scope, memory: Memory) -> State:
        """Return the state of an operator for a scope, None if it has none."""
        group, slot = self.slot_of[operator.number]
        states = memory.states[group].get(scope)
        return None if states is None else states[slot]

    def dispatch(self, signature: Signature, mode: Mode) -> EventDispatch:
        """Return what to do with the events of a signature."""
        dispatch = self._dispatch[mode].get(signature)
        return self._specialise(signature, mode) if dispatch is None else dispatch

    def group_visit(
        self, operator: AnyOperator, flags: Flags, *, judges: bool, for_all: bool = False
    ) -> GroupVisit:
        """Return what an operator alone does with an event that plays these roles.

        With `for_all`, it does so with all events of a signature, which need not be counted one by one.
        """
        key = operator.number, flags, judges, for_all
        known = self._visits.get(key)
        if known is not None:
            return known
        number, slot = self.slot_of[operator.number]
        group = self.groups[number]
        remembers = operator.remembers and True in flags[1:]
        visit = OperatorVisit(
            operator,
            slot,
            flags,
            operator.check if judges else None,
            operator.fires_on_empty_state,
            not (for_all and group.has_one and operator.always_effective),
            operator.update_state if remembers else None,
        )
        made = self._visits[key] = number, group.asked, remembers, [visit], [visit.values()]
        return made

    def _specialise(self, signature: Signature, mode: Mode) -> EventDispatch:
        known = self._dispatch[mode]
        if len(known) >= MOST_SIGNATURES:
            known.clear()
        dispatch = EventDispatch([], [], [], [])
        groups: dict[int, list[OperatorVisit]] = {}
        for bound in self.bound_rules:
            if mode in ("remember", "later") and isinstance(bound, DeadlineRule):
                continue
            roles = self.roles(bound, signature)
            if mode in ("index", "remember") and isinstance(bound, Operator):
                roles[0] = NEVER
            flags = constant_flags(roles)
            if flags is None:
                dispatch.undecided.append((bound, self.tests(roles)))
            elif True not in flags:
                continue
            elif isinstance(bound, DeadlineRule):
                dispatch.responses.append((bound, flags))
            else:
                judges = flags[0] and (bound.at_the_end is None or mode != "judge")
                group, _, remembers, visits, _ = self.group_visit(bound, flags, judges=judges, for_all=True)
                if judges or remembers:
                    groups.setdefault(group, []).extend(visits)
                if bound.at_the_end is not None and mode == "judge":
                    dispatch.responses.append((bound.at_the_end, flags))
        for number, visits in groups.items():
            remembers = any(visit.update is not None for visit in visits)
            values = [visit.values() for visit in visits]
            dispatch.fixed.append((number, self.groups[number].asked, remembers, visits, values))
        for lookback in self.lookbacks.values():
            roles = self.roles(lookback, signature)
            if any(role != NEVER for role in roles):
                selected, lifts = self.tests(roles)
                dispatch.lookbacks.append((lookback, (selected, lifts)))
        known[signature] = dispatch if any(dispatch) else NOTHING_TO_DO
        return known[signature]

    def decision_dispatch(self, signature: Signature) -> DecisionDispatch:
        """Return the rules that judge a proposed event of a signature."""
        dispatch = self.known_decision_dispatch.get(signature)
        if dispatch is not None:
            return dispatch
        if len(self.known_decision_dispatch) >= MOST_SIGNATURES:
            self.known_decision_dispatch.clear()
        dispatch = DecisionDispatch([], [])
        for group in self.groups:
            operators: list[RuleCall] = []
            for operator in group.operators:
                roles = self.roles(operator, signature)[: None if operator.asks_all_roles else 1]
                flags = constant_flags(roles)
                if flags is None:
                    dispatch.undecided.append((operator, self.tests(roles)))
                elif flags[0]:
                    operators.append(self.rule_call(operator, flags))
            if operators:
                dispatch.fixed.append((group.number, group.scopes, operators))
        self.known_decision_dispatch[signature] = dispatch
        return dispatch

    def rule_call(self, operator: AnyOperator, flags: Flags) -> RuleCall:
        """Return what a decision needs to ask an operator."""
        slot = self.slot_of[operator.number][1]
        return (
            operator,
            operator.next_allowed,
            slot,
            operator.fires_on_empty_state,
            operator.always_effective,
            operator.is_error,
            flags,
        )

    def roles(self, owner: BoundRule | Lookback, signature: Signature) -> list[Selector]:
        """Return the roles of a rule or a `preceded-by`, simplified by what the signature decides."""
        return self.simplified(owner.roles, signature)

    def simplified(self, selectors: Iterable[Selector], signature: Signature) -> list[Selector]:
        """Return selectors, simplified by what the signature decides; raises EventError."""
        known = self._known_fields(signature)
        return [simplify(selector, known) for selector in selectors]

    def tests(self, roles: list[Selector]) -> tuple[EventTest, ...]:
        """Compile selectors to functions."""
        return tuple(compile_selector(role, self.channels, self._lookback) for role in roles)

    def _lookback(self, preceded: Preceded) -> EventTest:
        return self.lookbacks[preceded].holds

    def _known_fields(self, signature: Signature) -> dict[str, str | None]:
        """Return the fields of a signature in canonical form; raises EventError if one has no such form."""
        kind, channel, direction, outcome = signature
        for name, value in (("kind", kind), ("channel", channel), ("direction", direction)):
            read_text(name, value, only_text=True)
        if outcome is not None and not isinstance(outcome, str):
            raise EventError(f"`outcome` is {shown(outcome)}: it must be a text, or None if it is absent")
        folded = fold(direction)
        if folded not in DIRECTIONS:
            raise EventError(f"`{direction}` is not a direction: allowed are {one_of(DIRECTIONS)}")
        name = self.channels.name(channel)
        return {
            "kind": fold(kind),
            "channel": name,
            "medium": self.channels.medium(name),
            "direction": folded,
            "outcome": None if outcome is None else fold(outcome),
        }


def preceded_in(bound: BoundRule) -> list[Preceded]:
    """Return the `preceded-by` parts of the selectors of a rule."""
    return [part for role in bound.roles for part in walk(role) if isinstance(part, Preceded)]
