"""The operator count as SQL: events, points, or different values."""

from __future__ import annotations

from comity.plan import Count, Different, Points
from comity.sql.operators.lookback import Looked, look_back
from comity.sql.readings import OwnPoints
from comity.sql.rule_steps import BEFORE, JUDGED, RuleSteps
from comity.sql.statement import Found


def find_count(steps: RuleSteps, count: Count) -> Found:
    """Add the steps that find the judged events that are one too many."""
    counted, restart = steps.flag(count.counted), steps.holds(count.restart)
    own = {} if restart is None else {"counts": _alone(counted, restart)}
    event = '"counts"' if own else counted
    if isinstance(count.measure, Points):
        return _find_points(steps, count, count.measure, counted, restart)
    if isinstance(count.measure, Different):
        look = Looked(event, restart, 0, count.window, distinct=count.measure)
        relation, _ = look_back(steps, [look], [counted], **own)
        others = 'CASE WHEN "value_0" IS NULL OR "shared_0" = 1 THEN 0 ELSE 1 END'
        return Found(relation, f'{JUDGED} = 1 AND "different_0" + {others} > {count.limit}')
    if not count.limit:
        return Found(steps.rows(), f"{JUDGED} = 1")
    relation, (condition,) = look_back(
        steps, [Looked(event, restart, count.limit, count.window)], [counted], **own
    )
    return Found(relation, f"{JUDGED} = 1 AND {condition}")


def _alone(counted: str, restart: str) -> str:
    """Return whether an event counts; one that restarts the count does not."""
    return f"CASE WHEN {counted} = 1 AND {restart} = 0 THEN 1 ELSE 0 END"


def _find_points(steps: RuleSteps, count: Count, points: Points, counted: str, restart: str | None) -> Found:
    own = steps.readings.column(OwnPoints(points))
    counts = f"{counted} = 1" if restart is None else f"{counted} = 1 AND {restart} = 0"
    columns = {"own": own, "points": f"CASE WHEN {counts} THEN {own} ELSE 0 END"}
    if count.window is not None:
        columns["start"] = steps.start(count.window)
    relation = steps.rows(counted, restart, **columns)
    # Sums of what is never negative only grow, so that the larger of two of them comes later.
    relation = steps.more(relation, {"before": f'COALESCE(SUM("points") {steps.over(BEFORE)}, 0)'})
    left = ['"before"']
    if restart is not None:
        base = f'MAX(CASE WHEN {restart} = 1 THEN "before" END) {steps.over(BEFORE)}'
        relation = steps.more(relation, {"base": f"COALESCE({base}, 0)"})
        left.append('"base"')
    inside = '"before"' if restart is None else '"before" - "base"'
    met = f'{inside} + "own" > {count.limit}'
    if count.window is not None:
        values = {"earlier": '"before" + "points"'}
        relation = steps.probe(relation, ['"own"', *left], relation, values, f"{counted} = 1", '"start"')
        met += f' AND "before" - COALESCE("earlier", 0) + "own" > {count.limit}'
    return Found(relation, f"{JUDGED} = 1 AND {met}")
