"""Answers that are due again and again: the periods that follow one another while none comes."""

from __future__ import annotations

import attrs
import numpy as np

from comity.clock.instants import MAX_INSTANT
from comity.columnar.arrays import Bools, Ints
from comity.columnar.operators.deadlines.open_periods import OpenPeriods, ResponseDeadlines, Rows, unanswered
from comity.columnar.operators.deadlines.pauses import NEVER, Pauses, running_before
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.plan import Recurrence, Response
from comity.plan.constraints.response import MOST_MISSED
from comity.records import frozen


def begins_period(view: RuleView, recurrence: Recurrence) -> Bools:
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


@frozen(eq=False)
class _Runs(Rows):
    """Rows of periods that follow one another while no answer comes; every array has shape (k,)."""

    answered: Ints
    """When the answer comes, later than `NEVER` where none does."""
    first: Ints
    """From when on a period must begin to be judged."""
    end: Ints
    """Before when it must begin."""
    missed: Ints
    """How many judged ones have passed."""


def missed_periods(
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
    return attrs.evolve(unanswered(response, deadlines, parts, pauses), unlisted=unlisted)


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
