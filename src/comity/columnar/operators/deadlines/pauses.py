"""Deadlines that pauses move: the clock of a scope stands still from one event until another."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from comity.clock.instants import MAX_INSTANT
from comity.columnar.arrays import Bools, Ints, first_index_after, last_index_before
from comity.columnar.operators.rule_view import RuleView
from comity.plan import Pause
from comity.records import frozen

NEVER = MAX_INSTANT + 1
"""The deadline of what is held to the end of the log: no answer is after it."""


class RowDeadlines(Protocol):
    """The deadlines of the rows that a rule judges."""

    def of(self, judged: Ints, base: Ints, ticks: Ints) -> Ints:
        """Return the deadlines of judged places that run from `base`, so many ticks further; all (k,)."""

    def ticks(self, judged: Ints, earlier: Ints, later: Ints) -> Ints:
        """Return how much of the clock of each judged place passes between two instants; all (k,)."""

    def not_before(self, judged: Ints, due: Ints, resumed: Ints) -> Ints:
        """Return deadlines, or the first ones from the end of the pause where they are before it."""


def running_before(view: RuleView, starts: Bools, stops: Bools) -> Bools:
    """Return for each place whether the last start or stop before it was a start; shape (n,).

    In an event that is both, the start comes last.
    """
    marked = starts | stops
    last = last_index_before(marked, view.scoped.starts, np.arange(len(marked)))
    return (last >= 0) & starts[last]


@frozen(eq=False)
class Pauses:
    """The pauses of all scopes of a view, in order."""

    view: RuleView
    begins: Ints
    """Places of the events that begin a pause, shape (p,)."""
    ends: Ints
    """Places of the events that end it, -1 where the log ends first, shape (p,)."""
    before: Bools
    """For each place of the view, whether the clock stands still before its event, shape (n,)."""
    resumes: Bools
    """For each place, whether its event ends a pause, shape (n,)."""

    def first_of(self, places: Ints) -> Ints:
        """Return the number of the first pause that concerns deadlines that run from some places."""
        number = np.searchsorted(self.begins, places, "left")
        inside = self.before[places] & ~self.resumes[places]
        return number - inside

    def begin_of(self, number: Ints, judged: Ints) -> Ints:
        """Return when pauses begin, `NEVER` where there is none of the number in the scope of a place."""
        if not len(self.begins):
            return np.full(len(number), NEVER)
        places = self.begins[np.minimum(number, len(self.begins) - 1)]
        known = (number < len(self.begins)) & (places < self.view.scoped.ends[judged])
        return np.where(known, self.view.at[places], NEVER)

    def deadlines(
        self, judged: Ints, base: Ints, number: Ints, deadline: RowDeadlines
    ) -> tuple[Ints, Ints, Ints]:
        """Return the deadlines of periods that run from `base`, the ticks that they are moved by, and pauses.

        `number` is the first pause of each that may concern it; the third result is the first that does not,
        or, where the clock stands still to the end of the log, that pause: then the deadline is `NEVER`.
        """
        at, scoped = self.view.at, self.view.scoped
        number, ticks = number.copy(), np.zeros(len(judged), np.int64)
        found = deadline.of(judged, base, ticks)
        open_ = np.flatnonzero(number < len(self.begins))
        while len(open_):
            places = self.begins[number[open_]]
            begin = np.maximum(at[places], base[open_])
            concerned = (places < scoped.ends[judged[open_]]) & (begin <= found[open_])
            open_, begin = open_[concerned], begin[concerned]
            ends = self.ends[number[open_]]
            found[open_[ends < 0]] = NEVER
            open_, begin, ends = open_[ends >= 0], begin[ends >= 0], ends[ends >= 0]
            ticks[open_] += deadline.ticks(judged[open_], begin, at[ends])
            moved = deadline.of(judged[open_], base[open_], ticks[open_])
            found[open_] = deadline.not_before(judged[open_], moved, at[ends])
            number[open_] += 1
            open_ = open_[number[open_] < len(self.begins)]
        return found, ticks, number


def pauses_of(view: RuleView, pause: Pause) -> Pauses:
    """Find the pauses of each scope of a view."""
    starts, resumes = view.holds(pause.start), view.holds(pause.end)
    assert starts is not None
    assert resumes is not None
    before = running_before(view, starts, resumes)
    begins = np.flatnonzero(starts & (~before | resumes))
    ends = first_index_after(resumes & before, view.scoped.ends, begins)
    return Pauses(view, begins, ends, before, resumes)
