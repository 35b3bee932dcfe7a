"""A plan made ready for events: what each event has to do is worked out once for all that are alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, get_args

from comity.errors import EventError, one_of, shown
from comity.events.census import MOST_SIGNATURES, Signature
from comity.events.event import DIRECTIONS, Channels, Event, fold
from comity.events.values import read_text
from comity.notices import Notice
from comity.online.operators.compile import make_judge
from comity.online.operators.fields import Scope, ScopesOf
from comity.online.operators.memory import Cell, Memory
from comity.online.operators.operator import Judge, State
from comity.online.operators.preceded_by import Lookback
from comity.online.operators.response import ResponseRuling
from comity.online.operators.rule import Flags, Ruling
from comity.online.operators.selectors import Test, compile_selector
from comity.plan import ALWAYS, NEVER, Field, Judgement, Plan, Preceded, Selector
from comity.plan.plan import Absent
from comity.plan.selectors import simplify, walk
from comity.plan.unread import readings_of

Mode = Literal["judge", "index", "remember", "later"]
"""What is done with the events that are taken: all rules judge them, only those about responses, none, or all
but those; in the latter two cases responses are left out altogether."""


About = Callable[[Event], tuple[Notice, ...]]


def nothing_about(event: Event) -> tuple[Notice, ...]:
    """Notice nothing about a proposed event."""
    return ()


class Visit(NamedTuple):
    """What one judge does with an event."""

    judge: Judge[Any]
    slot: int
    """The judge's place in the cell of a scope."""
    judges: bool
    remembers: bool
    flags: Flags


Fixed = tuple[int, ScopesOf, bool, list[Visit]]
"""A group's number, its scopes, whether something is remembered, and what its judges do."""


class Parts(NamedTuple):
    """What the events of one signature have to do."""

    fixed: list[Fixed]
    asked: list[tuple[Judge[Any] | ResponseRuling, tuple[Test, ...]]]
    """Rules whose roles must be asked of each event."""
    responses: list[tuple[ResponseRuling, Flags]]
    looked_back: list[tuple[Lookback, tuple[Test, Test]]]


NOTHING_TO_DO = Parts([], [], [], [])
Asked = tuple[Judge[Any], Callable[[State, Event, int, Flags], int | None], int, bool, bool, bool, Flags]
"""A judge of an event: its `earliest`, its slot, whether it is eager, always in effect, grave; its flags."""
Asking = tuple[int, ScopesOf, list[Asked]]
"""The number and the scopes of a group, and those of its judges that judge an event."""


class Applying(NamedTuple):
    """Which rules decide on a proposed event of one signature."""

    fixed: list[Asking]
    asked: list[tuple[Judge[Any], tuple[Test, ...]]]
    """Rules that must ask the event whether they judge it."""


class Group:
    """Judges whose scopes are the same: they share a cell for each scope."""

    def __init__(self, number: int, scopes: ScopesOf) -> None:
        self.number = number
        self.scopes = scopes
        self.judges: list[Judge[Any]] = []

    def new_cell(self) -> Cell:
        """Give what is kept of a scope before its first event."""
        return [None] * len(self.judges)


class Program:
    """A plan made ready; it does not change but for what it has worked out, and threads share it."""

    def __init__(
        self,
        plan: Plan,
        channels: Channels,
        versions: Mapping[str, str] | None = None,
        notices: tuple[Notice, ...] = (),
        about: About = nothing_about,
    ) -> None:
        self.plan = plan
        self.about = about
        """Gives what is to be noticed about a proposed event."""
        self.typed = bool(plan.typed)
        """Whether attributes are declared whose values may not read as declared."""
        self.notices = notices
        """What was noticed when it was loaded."""
        self.versions = versions or {}
        """Of the policies, by their ids."""
        self.channels = channels
        self.rulings = [make_judge(number, rule, channels) for number, rule in enumerate(plan.rules)]
        self.responses = [ruling for ruling in self.rulings if isinstance(ruling, ResponseRuling)]
        self.groups: list[Group] = []
        self.place: dict[int, tuple[int, int]] = {}
        """For each judge by number, its group and its slot in the group's cells."""
        self.lookbacks: dict[Preceded, Lookback] = {}
        self.known_applying: dict[Signature, Applying] = {}
        self.sought: dict[Signature, Any] = {}
        """What `sought` has worked out."""
        self._parts: dict[Mode, dict[Signature, Parts]] = {mode: {} for mode in get_args(Mode)}
        by_per: dict[tuple[tuple[str, ...], Absent], Group] = {}
        for ruling in self.rulings:
            for part in preceded_in(ruling):
                if part not in self.lookbacks:
                    self.lookbacks[part] = Lookback(len(self.lookbacks), part, channels)
            if isinstance(ruling, Judge):
                per = ruling.rule.per, ruling.rule.absent
                if per not in by_per:
                    by_per[per] = Group(len(self.groups), ruling.scopes)
                    self.groups.append(by_per[per])
                group = by_per[per]
                self.place[ruling.number] = group.number, len(group.judges)
                group.judges.append(ruling)
        typed: dict[str, list[Field]] = {}
        for policy, field in plan.typed:
            typed.setdefault(policy, []).append(field)
        self.readings = [readings_of(rule, typed.get(rule.policy, ())) for rule in plan.rules]
        """For each rule, what it reads of declared attributes."""
        self.looks = [*self.lookbacks.values()]
        """In the order of their numbers."""
        self.by_person = self._is_by_person()
        """Whether no event matters to another person's, since every scope is of one."""
        self.in_python = any(isinstance(rule.constraint, Judgement) for rule in plan.rules)
        """Whether some rule is judged in Python, and so may fail whenever it is asked."""
        self.blank = self.new_memory()
        """What is remembered before the first event."""

    def _is_by_person(self) -> bool:
        scopes = [ruling.rule.per for ruling in self.rulings] + [look.per for look in self.lookbacks]
        return all("person" in per for per in scopes)

    def new_memory(self) -> Memory:
        """Give what is remembered before the first event, to be changed."""
        return Memory([{} for _ in self.groups], [{} for _ in self.lookbacks])

    def state_of(self, judge: Judge[Any], scope: Scope, memory: Memory) -> State:
        """Give what a judge keeps of a scope, None where that is nothing."""
        group, slot = self.place[judge.number]
        cell = memory.cells[group].get(scope)
        return None if cell is None else cell[slot]

    def parts(self, signature: Signature, mode: Mode) -> Parts:
        """Give what the events of a signature have to do."""
        parts = self._parts[mode].get(signature)
        return self._specialise(signature, mode) if parts is None else parts

    def visit(self, judge: Judge[Any], flags: Flags) -> Fixed:
        """Give what a judge alone does with an event that plays these roles."""
        group, slot = self.place[judge.number]
        remembers = judge.remembers and True in flags[1:]
        return group, judge.scopes, remembers, [Visit(judge, slot, flags[0], remembers, flags)]

    def _specialise(self, signature: Signature, mode: Mode) -> Parts:
        known = self._parts[mode]
        if len(known) >= MOST_SIGNATURES:
            known.clear()
        parts = Parts([], [], [], [])
        groups: dict[int, list[Visit]] = {}
        for ruling in self.rulings:
            if mode in ("remember", "later") and isinstance(ruling, ResponseRuling):
                continue
            roles = self.roles(ruling, signature)
            if mode in ("index", "remember") and isinstance(ruling, Judge):
                roles[0] = NEVER
            flags = settled(roles)
            if flags is None:
                parts.asked.append((ruling, self.tests(roles)))
            elif True not in flags:
                continue
            elif isinstance(ruling, ResponseRuling):
                parts.responses.append((ruling, flags))
            else:
                group, _, remembers, visits = self.visit(ruling, flags)
                if flags[0] or remembers:
                    groups.setdefault(group, []).extend(visits)
        for number, visits in groups.items():
            remembers = any(visit.remembers for visit in visits)
            parts.fixed.append((number, self.groups[number].scopes, remembers, visits))
        for lookback in self.lookbacks.values():
            roles = self.roles(lookback, signature)
            if any(role != NEVER for role in roles):
                selected, lifts = self.tests(roles)
                parts.looked_back.append((lookback, (selected, lifts)))
        known[signature] = parts if any(parts) else NOTHING_TO_DO
        return known[signature]

    def applying(self, signature: Signature) -> Applying:
        """Give the rules that decide on a proposed event of a signature."""
        applying = self.known_applying.get(signature)
        if applying is not None:
            return applying
        if len(self.known_applying) >= MOST_SIGNATURES:
            self.known_applying.clear()
        applying = Applying([], [])
        for group in self.groups:
            judges: list[Asked] = []
            for judge in group.judges:
                roles = self.roles(judge, signature)[: 1 if judge.remembers else None]
                flags = settled(roles)
                if flags is None:
                    applying.asked.append((judge, self.tests(roles)))
                elif flags[0]:
                    judges.append(self.asked(judge, flags))
            if judges:
                applying.fixed.append((group.number, group.scopes, judges))
        self.known_applying[signature] = applying
        return applying

    def asked(self, judge: Judge[Any], flags: Flags) -> Asked:
        """Give what a decision needs of a judge, at hand."""
        slot = self.place[judge.number][1]
        return judge, judge.earliest, slot, judge.eager, judge.always, judge.grave, flags

    def roles(self, owner: Ruling | Lookback, signature: Signature) -> list[Selector]:
        """Give the roles of a rule, or of a `preceded-by`, with all decided that the signature decides."""
        known = self._known_fields(signature)
        return [simplify(role, known) for role in owner.roles]

    def tests(self, roles: list[Selector]) -> tuple[Test, ...]:
        """Make the functions of some selectors."""
        return tuple(compile_selector(role, self.channels, self._lookback) for role in roles)

    def _lookback(self, preceded: Preceded) -> Test:
        return self.lookbacks[preceded].holds

    def _known_fields(self, signature: Signature) -> dict[str, str | None]:
        """Give the fields that a signature tells, in canonical form; raises EventError where it cannot be."""
        kind, channel, direction, outcome = signature
        for name, value in (("kind", kind), ("channel", channel), ("direction", direction)):
            read_text(name, value, only_text=True)
        if outcome is not None and not isinstance(outcome, str):
            raise EventError(f"`outcome` is {shown(outcome)}: it is a text, or None where it is absent")
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


def preceded_in(ruling: Ruling) -> list[Preceded]:
    """List what the selectors of a rule look back for."""
    return [part for role in ruling.roles for part in walk(role) if isinstance(part, Preceded)]


def settled(roles: list[Selector]) -> Flags | None:
    """Give which roles are played where that is decided, None where an event must be asked."""
    if all(role in (ALWAYS, NEVER) for role in roles):
        return tuple(role == ALWAYS for role in roles)
    return None


def signature_of(event: Event) -> Signature:
    """Give what is alike in many events."""
    return (event.kind, event.channel, event.direction, event.outcome)
