"""The operator response over columns: the next answer, or one at the same instant, once or often."""

from __future__ import annotations

import attrs
import numpy as np

from comity.clock.instants import MAX_INSTANT
from comity.columnar.arrays import NONE, Bools, Ints, concatenated, first_index_after, last_index_before
from comity.columnar.operators.deadlines.pauses import NEVER, Pauses, pauses_of, running_before
from comity.columnar.operators.field_spans import ends
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columnar.scan.column_plan import DateSpanField
from comity.plan import FieldSpan, Recurrence, Response
from comity.plan.constraints.response import MOST_MISSED

NOTHING: Ints = np.zeros(0, np.int64)


def judge_response(view: RuleView, response: Response) -> Violations:
    """Return the judged rows without an answer, another event, from their instant to the deadline."""
    answer = view.holds(response.answer)
    assert answer is not None
    if response.recurrence is not None:
        view.judged = view.judged & _begins_period(view, response.recurrence)
    judged, at = np.flatnonzero(view.judged), view.at
    following = first_index_after(answer, view.scoped.ends)[judged]
    deadlines = ResponseDeadlines(view, response)
    pauses = None if response.pause is None else pauses_of(view, response.pause)
    if response.recurrence is not None:
        return _missed_periods(view, response, judged, following, deadlines, pauses)
    previous = last_index_before(answer, view.scoped.starts)[judged]
    open_ = deadlines.open(judged, at[judged], None if pauses is None else pauses.first_of(judged), pauses)
    answered = (following >= 0) & (at[following] <= open_.due)
    answered |= (previous >= 0) & (at[previous] == at[judged]) & (at[judged] <= open_.due)
    return _unanswered(response, deadlines, [open_.of(~answered)], pauses)


@attrs.frozen(eq=False)
class OpenPeriods:
    """Periods in which an answer is waited for; every array has shape (k,)."""

    judged: Ints
    """The places of the events that are judged."""
    begins: Ints
    due: Ints
    """The deadlines, `NEVER` where a pause holds them to the end of the log."""
    ticks: Ints
    """By how many ticks of the clock pauses moved them."""
    number: Ints
    """The first pause that does not concern the deadline, or the one that holds it."""

    def of(self, wanted: Bools) -> OpenPeriods:
        """Return some of them."""
        return OpenPeriods(*(values[wanted] for values in attrs.astuple(self, recurse=False)))


@attrs.frozen(eq=False)
class ResponseDeadlines:
    """The deadlines of a rule's judged rows."""

    view: RuleView
    response: Response

    def of(self, judged: Ints, base: Ints, ticks: Ints) -> Ints:
        """Return the deadlines of periods of judged places that begin at `base`, so many ticks further."""
        view, within = self.view, self.response.within
        rows = view.rows(judged)
        if not isinstance(within, FieldSpan):
            return view.zoned.deadline_after(within, rows, base, ticks)
        own = self._own(rows, base)
        found = own + ticks
        if within.otherwise is not None and (lacking := np.flatnonzero(own == NONE)).size:
            further = view.zoned.deadline_after(
                within.otherwise, rows[lacking], base[lacking], ticks[lacking]
            )
            found[lacking] = further
        return found

    def ticks(self, judged: Ints, earlier: Ints, later: Ints) -> Ints:
        """Return how much of the clock of each judged place passes between two instants."""
        view, within = self.view, self.response.within
        rows = view.rows(judged)
        if not isinstance(within, FieldSpan):
            return view.zoned.ticks(within, rows, earlier, later)
        passed: Ints = later - earlier
        if (
            within.otherwise is not None
            and (lacking := np.flatnonzero(self._own(rows, earlier) == NONE)).size
        ):
            passed[lacking] = view.zoned.ticks(
                within.otherwise, rows[lacking], earlier[lacking], later[lacking]
            )
        return passed

    def _own(self, rows: Ints, at: Ints) -> Ints:
        """Return the instants in the field, `NONE` where there is none."""
        within = self.response.within
        assert isinstance(within, FieldSpan), "INVARIANT: only such spans have a field"
        rule = self.view.rule
        dated = DateSpanField(within.field, "deadline", rule.zone, rule.default_zone, within.offset)
        return ends(
            self.view.partition, self.view.zoned, attrs.evolve(within, otherwise=None), dated, rows, at
        )

    def open(self, judged: Ints, begins: Ints, number: Ints | None, pauses: Pauses | None) -> OpenPeriods:
        """Return the periods that judged places open at `begins`; `number` is the first pause of each."""
        none = np.zeros(len(judged), np.int64)
        if pauses is None or number is None:
            return OpenPeriods(judged, begins, self.of(judged, begins, none), none, none)
        return OpenPeriods(judged, begins, *pauses.deadlines(judged, begins, number, self))


def _begins_period(view: RuleView, recurrence: Recurrence) -> Bools:
    """Return for each place whether its event begins a period.

    It does as a start in a scope that is not open, or as a contact in one that is.
    """
    contact, start = view.holds(recurrence.contact), view.holds(recurrence.start)
    stop = view.holds(recurrence.stop)
    assert contact is not None
    assert start is not None
    if stop is None:
        stop = np.zeros(len(contact), np.bool_)
    was_open = running_before(view, start, stop) & ~stop
    return (start | was_open) & (contact | ~was_open)


def _missed_periods(
    view: RuleView,
    response: Response,
    judged: Ints,
    following: Ints,
    deadlines: ResponseDeadlines,
    pauses: Pauses | None,
) -> Violations:
    """Find every period that passes without an answer, and the one that is open at the end."""
    as_of = view.audited.as_of
    answered = np.where(following >= 0, view.at[following], NEVER + 1)
    number = None if pauses is None else pauses.first_of(judged)
    open_ = deadlines.open(judged, view.at[judged], number, pauses)
    parts = []
    for _ in range(MOST_MISSED):
        missed = answered > open_.due
        open_, answered = open_.of(missed), answered[missed]
        if not len(open_.judged):
            break
        parts.append(open_)
        # A period such as `same week` ends with the deadline itself: the next one begins after it.
        none = np.zeros(len(open_.judged), np.int64)
        begins = open_.due + (
            deadlines.of(open_.judged, np.minimum(open_.due, MAX_INSTANT), none) <= open_.due
        )
        goes_on = open_.due != NEVER
        if as_of is not None:
            goes_on &= begins <= as_of
        open_, answered = open_.of(goes_on), answered[goes_on]
        open_ = deadlines.open(open_.judged, begins[goes_on], open_.number, pauses)
    return _unanswered(response, deadlines, parts, pauses)


def _unanswered(
    response: Response, deadlines: ResponseDeadlines, parts: list[OpenPeriods], pauses: Pauses | None
) -> Violations:
    """Make violations of periods without an answer, pending where the deadline is later than as-of."""
    at, as_of = deadlines.view.at, deadlines.view.audited.as_of
    columns = zip(*(attrs.astuple(part, recurse=False) for part in parts), strict=True)
    judged, begins, due, ticks, number = [concatenated(column) for column in columns] or [NOTHING] * 5
    if len(parts) > 1:
        order = np.argsort(judged, kind="stable")
        judged, begins, due, ticks, number = (each[order] for each in (judged, begins, due, ticks, number))
    pending = np.zeros(len(judged), np.bool_) if as_of is None else due > as_of
    held = np.flatnonzero(due == NEVER)
    if pauses is not None and len(held):
        # Due if the clock ran again from as-of on; as long as it stands still, nothing is late.
        since = np.maximum(at[pauses.begins[number[held]]], begins[held])
        resumed = since if as_of is None else np.maximum(since, as_of)
        moved = ticks[held] + deadlines.ticks(judged[held], since, resumed)
        due[held] = np.maximum(deadlines.of(judged[held], begins[held], moved), resumed)
        pending[held] = True
    return Violations(judged, response.wording.nothing, due=due, pending=pending)
