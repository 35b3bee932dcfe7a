"""The operator response over columns: the next answer, or one at the same instant."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import Ints, first_index_after, last_index_before
from comity.columnar.operators.field_spans import ends
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columnar.scan.column_plan import DateSpanField
from comity.plan import FieldSpan, Response


def judge_response(view: RuleView, response: Response) -> Violations:
    """Return the judged rows without an answer, another event, from their instant to the deadline."""
    answer = view.holds(response.answer)
    assert answer is not None
    judged, at = np.flatnonzero(view.judged), view.at
    following = first_index_after(answer, view.scoped.ends)[judged]
    previous = last_index_before(answer, view.scoped.starts)[judged]
    deadline = _deadlines(view, response, judged)
    answered = (following >= 0) & (at[following] <= deadline)
    answered |= (previous >= 0) & (at[previous] == at[judged]) & (at[judged] <= deadline)
    judged, deadline = judged[~answered], deadline[~answered]
    as_of = view.limits.as_of
    pending = np.zeros(len(judged), np.bool_) if as_of is None else deadline > as_of
    return Violations(judged, response.wording.nothing, due=deadline, pending=pending)


def _deadlines(view: RuleView, response: Response, judged: Ints) -> Ints:
    rows, at, within = view.rows(judged), view.at[judged], response.within
    if isinstance(within, FieldSpan):
        dated = DateSpanField(within.field, "deadline", view.rule.zone, view.rule.default_zone)
        return ends(view.partition, view.zoned, within, dated, rows, at)
    return view.zoned.deadline(within, rows, at)
