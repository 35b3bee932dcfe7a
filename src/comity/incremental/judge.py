"""Judging kept and new events together, and the kept ones alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from comity.audits.backends import FallBack, by_columns
from comity.audits.online_of import online_of
from comity.columnar.scan.column_plan import PERSON, passes_of
from comity.columns.event_columns import EventColumns
from comity.errors import InputError
from comity.incremental.new_events import NewEvents
from comity.incremental.store.kept_log import KeptLog
from comity.incremental.store.stored_events import columns_of_table, of_persons
from comity.incremental.stored import Stored
from comity.plan import Plan
from comity.plan.needs.retention import judged_since
from comity.records import frozen
from comity.results.findings import Findings
from comity.results.report import Summary, as_findings

if TYPE_CHECKING:
    from comity.engine import Engine

Verdicts = tuple[Summary, Findings]
Progress = Callable[[str, int, int | None], None]


@frozen(eq=False)
class Judged:
    """What an audit of the kept events alone has found, None if there are none; and one of all events."""

    before: Verdicts | None
    after: Verdicts


def touched_persons(plan: Plan, stored: Stored, new: NewEvents, as_of: int | None) -> pa.Array | None:
    """Return the persons about whom something may change; None stands for all."""
    if any(each.key != PERSON and each.rules for each in passes_of(plan)):
        return None
    persons = new.columns.person.cast(pa.string())
    if as_of is not None:
        persons = pa.concat_arrays([persons, stored.due(as_of).cast(pa.string())])
    return pc.unique(persons)


def judge(
    engine: Engine,
    stored: Stored,
    new: NewEvents,
    touched: pa.Array | None,
    *,
    settled: int | None,
    as_of: int | None,
    memory: int | None,
    progress: Progress | None,
) -> Judged:
    """Judge the events of the persons that are touched; raises InputError if a rule fails.

    `settled` is the instant before which everything was settled before the new events, `as_of` is now.
    """
    former = stored.contents.as_of
    since = judged_since(engine.plan, settled, former)
    events = stored.events
    if events is not None and touched is not None:
        events = of_persons(events, touched)
    kept = [] if events is None or not events.num_rows else [columns_of_table(events)]

    def audited(parts: Sequence[EventColumns], instant: int | None) -> Verdicts:
        limits = {"as_of": instant, "since": since, "until": None}
        return _audit(engine, KeptLog(parts), limits, memory, progress)

    return Judged(audited(kept, former) if kept else None, audited([*kept, new.columns], as_of))


def _audit(
    engine: Engine,
    log: KeptLog,
    limits: dict[str, int | None],
    memory: int | None,
    progress: Progress | None,
) -> Verdicts:
    plan = engine.plan
    if any(rule.constraint.in_python for rule in plan.rules):
        online = online_of(plan, engine.policies, engine.plugins, engine.notices)
        summary, found = online.audit(log, as_of=limits["as_of"], since=limits["since"])
        return summary, as_findings(found)
    tried = by_columns(plan, engine.plugins.channels, log, limits, memory, progress)
    if isinstance(tried, FallBack):
        reason = tried.reason.partition(": the log is judged")[0]
        raise InputError(f"{reason}; the state is as before: mend what fails, and run again")
    return tried
