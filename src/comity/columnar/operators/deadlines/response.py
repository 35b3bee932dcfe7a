"""The operator response over columns: the next answer, or one at the same instant, once or often."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from comity.clock.instants import MAX_INSTANT
from comity.clock.zones import Zone
from comity.columnar.arrays import NONE, Bools, Ints, concatenated, first_index_after, last_index_before
from comity.columnar.operators.deadlines.pauses import NEVER, Pauses, pauses_of, running_before
from comity.columnar.operators.field_spans import ends
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columnar.scan.column_plan import DateSpanField
from comity.plan import FieldSpan, Recurrence, Response, Span
from comity.plan.constraints.response import MOST_MISSED

NOTHING: Ints = np.zeros(0, np.int64)


def judge_response(view: RuleView, response: Response) -> Violations:
    """Return the judged rows without an answer, another event, from their instant to the deadline."""
    answer = view.holds(response.answer)
    assert answer is not None
    begun = view.judged
    if response.recurrence is not None:
        # A period of an event that is not judged itself may be.
        begun = view.roles[0] & _begins_period(view, response.recurrence)
    judged, at = np.flatnonzero(begun), view.at
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
        if within.offset is not None and (paused := np.flatnonzero((own != NONE) & (ticks > 0))).size:
            found[paused] = view.zoned.each(self._moved, rows[paused], own[paused], ticks[paused])
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
        for clock, places in self._clocks(rows, earlier):
            passed[places] = view.zoned.ticks(clock, rows[places], earlier[places], later[places])
        return passed

    def earliest(self, judged: Ints, at: Ints) -> Ints:
        """Return the first instants from some on that can be deadlines on the clocks of judged places."""
        rows = self.view.rows(judged)
        found = at.copy()
        for clock, places in self._clocks(rows, at):
            found[places] = self.view.zoned.each(clock.earliest_deadline, rows[places], at[places])
        return found

    def not_before(self, judged: Ints, due: Ints, resumed: Ints) -> Ints:
        """Return deadlines, or the first ones from the end of the pause where they are before it."""
        early = np.flatnonzero(due < resumed)
        if len(early):
            due[early] = self.earliest(judged[early], resumed[early])
        return due

    def periods_before(self, judged: Ints, begins: Ints, until: Ints) -> Ints:
        """Return how many whole periods from `begins` on are over before some instants."""
        within, view = self.response.within, self.view
        assert not isinstance(within, FieldSpan), "INVARIANT: no event has several instants in a field"
        if within.clock is None:
            passed: Ints = np.maximum(until - 1 - begins, 0) // within.count
            return passed
        return view.zoned.each(within.periods_before, view.rows(judged), begins, until)

    def after(self, judged: Ints, begins: Ints, number: Ints) -> Ints:
        """Return where so many whole periods from `begins` on are over."""
        within, found = self.response.within, begins.copy()
        assert not isinstance(within, FieldSpan), "INVARIANT: no event has several instants in a field"
        places = np.flatnonzero(number)
        if within.clock is None:
            found[places] += within.count * number[places]
        elif len(places):
            rows = self.view.rows(judged[places])
            found[places] = self.view.zoned.each(
                lambda zone, begin, times: within.times(times).deadline(zone, begin),
                rows,
                begins[places],
                number[places],
            )
        return found

    def _moved(self, zone: Zone | None, own: int, ticks: int) -> int:
        within = self.response.within
        assert isinstance(within, FieldSpan), "INVARIANT: only such spans have a field"
        return within.moved(own, zone, ticks)

    def _clocks(self, rows: Ints, at: Ints) -> Iterator[tuple[Span, Ints | slice]]:
        """Yield the clocks other than elapsed time that some rows have, each with the places of its rows."""
        within = self.response.within
        if not isinstance(within, FieldSpan):
            yield within, slice(None)
            return
        lacking = self._own(rows, at) == NONE
        if within.otherwise is not None and lacking.any():
            yield within.otherwise, np.flatnonzero(lacking)
        if within.offset is not None:
            yield within.offset.span, np.flatnonzero(~lacking)

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


@attrs.frozen(eq=False)
class _Runs:
    """Rows of periods that follow one another while no answer comes; every array has shape (k,)."""

    answered: Ints
    """When the answer comes, later than `NEVER` where none does."""
    first: Ints
    """From when on a period must begin to be judged."""
    end: Ints
    """Before when it must begin."""
    missed: Ints
    """How many judged ones have passed."""

    def of(self, wanted: Bools) -> _Runs:
        """Return some of them."""
        return _Runs(*(values[wanted] for values in attrs.astuple(self, recurse=False)))


def _missed_periods(
    view: RuleView,
    response: Response,
    judged: Ints,
    following: Ints,
    deadlines: ResponseDeadlines,
    pauses: Pauses | None,
) -> Violations:
    """Find every period that passes without an answer, and the one that is open at the end.

    Those of one event that are over are listed up to `MOST_MISSED`, and counted then.
    """
    as_of = view.high if view.audited.as_of is None else view.audited.as_of
    answered = np.where(following >= 0, view.at[following], NEVER + 1)
    runs = _Runs(answered, *_in_force(view, judged), np.zeros(len(judged), np.int64))
    number = None if pauses is None else pauses.first_of(judged)
    open_ = deadlines.open(judged, view.at[judged], number, pauses)
    parts, unlisted = [], 0
    view.judged = np.zeros(len(view.at), np.bool_)
    while len(open_.judged):
        counts = (open_.begins >= runs.first) & (open_.begins < runs.end)
        view.judged[open_.judged[counts]] = True
        missed = (runs.answered > open_.due) & (open_.begins < runs.end)
        open_, runs, counts = open_.of(missed), runs.of(missed), counts[missed]
        listed = counts & ((runs.missed < MOST_MISSED) | (open_.due > as_of))
        parts.append(open_.of(listed))
        unlisted += int(np.count_nonzero(counts & ~listed))
        # A period such as `same week` ends with the deadline itself: the next one begins after it.
        none = np.zeros(len(open_.judged), np.int64)
        begins = open_.due + (
            deadlines.of(open_.judged, np.minimum(open_.due, MAX_INSTANT), none) <= open_.due
        )
        goes_on = (open_.due != NEVER) & (begins <= as_of)
        runs = attrs.evolve(runs, missed=runs.missed + counts).of(goes_on)
        open_, begins = open_.of(goes_on), begins[goes_on]
        passed = _leap(open_, begins, runs, deadlines, pauses, as_of)
        unlisted += int(passed[begins >= runs.first].sum())
        begins = deadlines.after(open_.judged, begins, passed)
        open_ = deadlines.open(open_.judged, begins, open_.number, pauses)
    return attrs.evolve(_unanswered(response, deadlines, parts, pauses), unlisted=unlisted)


def _in_force(view: RuleView, judged: Ints) -> tuple[Ints, Ints]:
    """Return from (inclusive) and to (exclusive) when the periods of some places are judged."""
    audited, since, until = view.audited, -NEVER, 2 * NEVER
    first = np.full(len(judged), since if audited.since is None else audited.since)
    end = np.full(len(judged), until if audited.until is None else audited.until)
    rows = view.rows(judged)
    for effective in view.rule.effective:
        if effective.start is not None:
            first = np.maximum(first, view.zoned.day_start(rows, effective.start))
        if effective.through is not None:
            end = np.minimum(end, view.zoned.day_start(rows, effective.through + 1))
    return first, end


def _leap(
    open_: OpenPeriods,
    begins: Ints,
    runs: _Runs,
    deadlines: ResponseDeadlines,
    pauses: Pauses | None,
    as_of: int,
) -> Ints:
    """Return how many whole periods from `begins` on are missed and not listed, and need no look; (k,).

    They end before whatever may change the run: an answer, a pause, or the time from which it is judged.
    """
    before = begins < runs.first
    places = np.flatnonzero(before | (runs.missed >= MOST_MISSED))
    passed = np.zeros(len(begins), np.int64)
    if len(places):
        until = np.minimum(runs.answered, np.where(before, runs.first, runs.end))[places]
        if pauses is not None:
            until = np.minimum(until, pauses.begin_of(open_.number[places], open_.judged[places]))
        until = np.minimum(until, as_of)
        passed[places] = deadlines.periods_before(open_.judged[places], begins[places], until)
    return passed


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
        further = ticks[held] + deadlines.ticks(judged[held], since, resumed)
        moved = deadlines.of(judged[held], begins[held], further)
        due[held] = deadlines.not_before(judged[held], moved, resumed)
        pending[held] = True
    return Violations(judged, response.wording.nothing, due=due, pending=pending)
