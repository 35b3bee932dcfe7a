"""Periods in which an answer is waited for, their deadlines, and those that pass without one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import attrs
import numpy as np

from comity.clock.zones import Zone
from comity.columnar.arrays import NONE, Bools, Ints, concatenated
from comity.columnar.operators.deadlines.pauses import NEVER, Pauses
from comity.columnar.operators.field_spans import ends
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columnar.scan.column_plan import DateSpanField
from comity.plan import FieldSpan, Response, Span
from comity.records import frozen

NOTHING: Ints = np.zeros(0, np.int64)


@frozen(eq=False)
class Rows:
    """Arrays of one length."""

    def of(self, wanted: Bools) -> Self:
        """Return some rows."""
        return type(self)(*(values[wanted] for values in attrs.astuple(self, recurse=False)))


@frozen(eq=False)
class OpenPeriods(Rows):
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


@frozen(eq=False)
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


def unanswered(
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
