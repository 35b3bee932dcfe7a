"""The operator response over columns: the next answer, or one at the same instant, once or often."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import first_index_after, last_index_before
from comity.columnar.operators.deadlines.open_periods import ResponseDeadlines, unanswered
from comity.columnar.operators.deadlines.pauses import pauses_of
from comity.columnar.operators.deadlines.recurring import begins_period, missed_periods
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.plan import Response


def judge_response(view: RuleView, response: Response) -> Violations:
    """Return the judged rows without an answer, another event, from their instant to the deadline."""
    answer = view.holds(response.answer)
    assert answer is not None
    begun = view.judged
    if response.recurrence is not None:
        # A period of an event that is not judged itself may be.
        begun = view.roles[0] & begins_period(view, response.recurrence)
    judged, at = np.flatnonzero(begun), view.at
    following = first_index_after(answer, view.scoped.ends, judged)
    deadlines = ResponseDeadlines(view, response)
    pauses = None if response.pause is None else pauses_of(view, response.pause)
    if response.recurrence is not None:
        return missed_periods(view, response, judged, following, deadlines, pauses)
    previous = last_index_before(answer, view.scoped.starts, judged)
    open_ = deadlines.open(judged, at[judged], None if pauses is None else pauses.first_of(judged), pauses)
    answered = (following >= 0) & (at[following] <= open_.due)
    answered |= (previous >= 0) & (at[previous] == at[judged]) & (at[judged] <= open_.due)
    return unanswered(response, deadlines, [open_.of(~answered)], pauses)
