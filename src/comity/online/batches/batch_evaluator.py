"""An evaluator that also takes many events at once: rule by rule, not event by event."""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections import defaultdict
from itertools import compress, groupby, repeat
from operator import itemgetter
from typing import Any

from comity.online.batches.batch import Batch, Work
from comity.online.batches.group_turns import GroupTurns
from comity.online.evaluator import Evaluator
from comity.online.event_dispatch import EventDispatch, OperatorVisit
from comity.online.operators.deadlines.deadline_rule import DeadlineRule
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator
from comity.online.operators.rule import Flags
from comity.online.operators.unread_finding import order_of, unread_finding
from comity.plan.unread import joined_text
from comity.plan.values import is_unreadable
from comity.results.findings import Finding

PART = 2_048
"""How many events the rules take before the next ones: their states then stay in the processor's cache."""
Certain = tuple[int, int, Finding]
"""A finding, after the number of the event that makes it certain and the position of the judged event."""
Responses = list[tuple[int, list[tuple[DeadlineRule, Flags]]]]
"""The numbers of events that open or answer responses, with the rules and their roles."""
_PLACE = itemgetter(0, 1)


class BatchEvaluator(Evaluator):
    """Takes batches of events, with the findings and the memory that its events one by one would give.

    The states of one rule do not depend on those of another, so that each rule takes all its events in turn.
    What does depend on more is asked event by event before: `preceded-by`, and deadlines that pass.
    """

    __slots__ = ()

    def take_batch(self, batch: Batch, first: int) -> list[Finding]:
        """Take events, the first of which has a position, and return the findings that they make certain.

        The findings are in the order of the events that make them certain.
        """
        # The garbage collector would visit the states of all persons again and again, and find nothing.
        enabled = gc.isenabled()
        gc.disable()
        try:
            return self._take_batch(batch, first)
        finally:
            if enabled:
                gc.enable()

    def _take_batch(self, batch: Batch, first: int) -> list[Finding]:
        for signature, count in batch.signatures.items():
            (self._met.get(signature) or self._meet(signature)).events += count
        responses: Responses = []
        for work in batch.work(PART):
            if all(map(_is_plain, work.dispatches)):
                turns = self._deal_at_once(work, first)
            else:
                turns, awaited = self._deal(work, batch, first)
                responses += awaited
            for number, own in turns.items():
                for operator in self.compiled.groups[number].operators:
                    self._judge(operator, own, batch, first)
        certain: list[Certain] = [(position, position, finding) for position, finding in self.found]
        self.found.clear()
        if self.open_responses:
            certain += self._await(responses, batch, first)
        if self._typed:
            for event in batch.with_values(self._is_suspect):
                self.unread.take(event)
        return _in_order(certain)

    def _deal_at_once(self, work: Work, first: int) -> dict[int, GroupTurns]:
        """Return the turns of each group, where signatures say all and each scope is a person."""
        seen = list(zip(work.instants, work.labels(first), strict=True))
        scopes: list[Scope] = list(zip(work.persons))
        found: dict[int, GroupTurns] = {}
        for group in self.compiled.groups:
            own, kinds = GroupTurns(), []
            for dispatch in work.dispatches:
                visits = [visit for visit in dispatch.fixed if visit[0] == group.number]
                kinds.append(own.kind_of(visits[0]) if visits else None)
            if not own.visits:
                continue
            kind_of = list(map(kinds.__getitem__, work.codes))
            columns: tuple[Any, ...] = (work.rows, seen, scopes, kind_of)
            if None in kinds:
                plays = [kind is not None for kind in kind_of]
                columns = tuple(list(compress(column, plays)) for column in columns)
            own.rows, own.seen, own.scopes, own.kinds = columns
            by_scope = self.memory.states[group.number]
            # They are put back at the end: scopes are in the order of use.
            states: list[Any] = list(map(by_scope.pop, own.scopes, repeat(None)))
            used = {
                scope: known for scope, known in zip(own.scopes, states, strict=True) if known is not None
            }
            for place in [place for place, known in enumerate(states) if known is None]:
                scope = own.scopes[place]
                states[place] = used.get(scope)
                if states[place] is None:
                    states[place] = group.new_states()
                    if own.remembers[own.kinds[place]]:
                        used[scope] = states[place]
            by_scope.update(used)
            own.states = states
            found[group.number] = own
        return found

    def _deal(self, work: Work, batch: Batch, first: int) -> tuple[dict[int, GroupTurns], Responses]:
        """Return the turns of each group, and the events that open or answer responses."""
        states_of, groups = self.memory.states, self.compiled.groups
        turns: defaultdict[int, GroupTurns] = defaultdict(GroupTurns)
        responses: Responses = []
        columns = (work.rows, work.instants, work.labels(first), work.persons, work.codes)
        for row, at, label, person, code in zip(*columns, strict=True):
            dispatch = work.dispatches[code]
            fixed, undecided, awaited, lookbacks = dispatch
            if undecided or lookbacks:
                event = batch.event(row)
                fixed, awaited, looked_back = self._ask(dispatch, event)
                for lookback, selected, resets in looked_back:
                    lookback.update_state(event, self.memory, selected, resets)
            seen = (at, label)
            for visit in fixed:
                number, scopes_of, remembers, visits, _ = visit
                own, by_scope = turns[number], states_of[number]
                kind = own.kind_of(visit)
                if scopes_of is None:
                    scope: tuple[str | None, ...] = (person,)
                    states = by_scope.get(scope)
                    if states is None:
                        states = groups[number].new_states()
                        if remembers:
                            by_scope[scope] = states
                    own.add(row, seen, scope, states, kind)
                    continue
                event = batch.event(row)
                scopes = scopes_of(event)
                for scope in scopes:
                    states = by_scope.get(scope)
                    if states is None:
                        states = groups[number].new_states()
                        if remembers and type(scope) is tuple:
                            # Nothing comes after an event that is alone in its scope.
                            by_scope[scope] = states
                    own.add(row, seen, scope, states, kind)
                if not scopes or None in scopes[0]:
                    for each in visits:
                        self._note_lacking(each.operator, event)
            if awaited:
                responses.append((row, awaited))
        return turns, responses

    def _judge(self, operator: AnyOperator, own: GroupTurns, batch: Batch, first: int) -> None:
        """Let an operator take its turns, in order."""
        visits = own.visits_of(operator)
        there = [visit for visit in visits if visit is not None]
        if not there:
            return
        suspects = None
        if not any(visit.counts for visit in there):
            plays = [
                visit and (visit.check is not None, visit.update is not None, visit.flags) for visit in visits
            ]
            suspects = operator.suspects(own, there[0].slot, plays)
        if suspects is None:
            for place, kind in enumerate(own.kinds):
                visit = visits[kind]
                if visit is not None:
                    self._visit(visit, own, place, batch, first)
            return
        for place, state in suspects:
            visit = visits[own.kinds[place]]
            assert visit is not None, "INVARIANT: only what is judged is suspect"
            assert visit.check is not None, "INVARIANT: only what is judged is suspect"
            row, (at, label), scope = own.rows[place], own.seen[place], own.scopes[place]
            event = batch.unread_event(row, at)
            try:
                facts = visit.check(state, event, visit.flags)
                if facts is not None:
                    allowed_from = operator.next_allowed(state, event, at, visit.flags)
                    found = unread_finding(operator, scope, event, label, facts, allowed_from)
                    self.found.append((first + row, found))
            except Exception as error:
                self._fail(operator, scope, event, first + row, error)

    def _visit(self, visit: OperatorVisit, own: GroupTurns, place: int, batch: Batch, first: int) -> None:
        """Do with an event what `take` does, for one operator."""
        operator, slot, flags, check, fires_on_empty_state, counts, update = visit
        states = own.states[place]
        state = states[slot]
        if state is None and update is None and not fires_on_empty_state and not counts:
            return
        row, seen, scope = own.rows[place], own.seen[place], own.scopes[place]
        event, position = batch.event(row), first + row
        if check is not None:
            try:
                judges = not counts or self._judges(operator, event)
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

    def _await(self, responses: Responses, batch: Batch, first: int) -> list[Certain]:
        """Let events open and answer responses, and deadlines pass with the first event after them."""
        certain: list[Certain] = []
        instants, after, end = batch.instants, 0, len(batch.instants)
        due = iter([*responses, (end, [])])
        following, awaited = next(due)
        while True:
            next_deadline = min(each.next_deadline for each in self.open_responses.values())
            row = min(bisect_right(instants, next_deadline, after), following)
            if row == end:
                return certain
            after = row + 1  # A deadline that had passed when the event came passes with the next one.
            self.expire(int(instants[row]))
            if row == following:
                event = batch.event(row)
                label = event.id or event.label or first + row
                for bound, flags in awaited:
                    self._respond(bound, event, label, first + row, flags, True)
                following, awaited = next(due)
            self.report_expired()
            certain += [(first + row, position, finding) for position, finding in self.found]
            self.found.clear()

    def _is_suspect(self, name: str, value: Any) -> bool:
        """Return whether a value of an attribute cannot be read, or seems to be several."""
        compiled = self.compiled
        return any(
            field.name == name and is_unreadable(value, field) for _, field in compiled.plan.typed
        ) or any(
            field.name == name and joined_text(value, whole) is not None
            for _, field, whole in compiled.several
        )


def _is_plain(dispatch: EventDispatch) -> bool:
    """Return whether a signature says all that rules do with its events, and all scopes are persons."""
    by_person = all(scopes_of is None for _, scopes_of, *_ in dispatch.fixed)
    return by_person and not (dispatch.undecided or dispatch.lookbacks or dispatch.responses)


def _in_order(certain: list[Certain]) -> list[Finding]:
    """Return findings in order; what one event makes certain of one is ordered by policy, rule and scope."""
    certain.sort(key=_PLACE)
    found: list[Finding] = []
    for _, alike in groupby(certain, _PLACE):
        findings = [finding for _, _, finding in alike]
        if len(findings) > 1:
            findings.sort(key=order_of)
        found += findings
    return found
