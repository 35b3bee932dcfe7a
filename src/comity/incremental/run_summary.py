"""The counts and notices of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from comity.diagnostics import Facts, notices_of
from comity.events.sources import Noticing, Source
from comity.incremental.changes import count_found
from comity.incremental.lateness import left_out_notices
from comity.incremental.made_with import mapping_of
from comity.incremental.new_events import NewEvents
from comity.incremental.store.manifest import Manifest
from comity.incremental.totals import Gain
from comity.notices import Notice
from comity.readers import Log
from comity.results.findings import Findings
from comity.results.report import RuleCounts, Summary

if TYPE_CHECKING:
    from comity.engine import Engine


def summary_of_run(
    source: Source,
    new: NewEvents,
    gain: Gain,
    found: Findings,
    *,
    as_of: int | None,
    left_out: int,
    persons: int,
) -> Summary:
    """Return the counts of one run alone; events that were left out count as skipped rows."""
    by_rule: dict[str, RuleCounts] = {name: gain.rule(name) for name in gain.after.by_rule}
    if gain.before is not None:
        count_found(by_rule, found)
    counts = source.counts()
    made = counts["rows_read"] - counts["rows_rejected"] - counts["rows_skipped"]
    counts["rows_skipped"] += min(left_out, made)
    at = new.columns.at
    census = attrs.evolve(
        gain.after.census,
        first=int(at.min()) if len(at) else None,
        last=int(at.max()) if len(at) else None,
    )
    return attrs.evolve(
        gain.after,
        events=len(new),
        persons=persons,
        as_of=as_of,
        by_rule=by_rule,
        unreadable=gain.mapping("unreadable"),
        fixed_zones=gain.mapping("fixed_zones"),
        unparted=gain.unparted(),
        census=census,
        **counts,
    )


def notices_of_run(
    engine: Engine,
    source: Source,
    manifest: Manifest,
    total: Summary,
    *,
    new_events: int,
    left_out: int,
    alike: int,
    repeated: bool,
) -> tuple[Notice, ...]:
    """Return what a reader must know; what is counted is counted over all runs."""
    of_source = source.notices() if isinstance(source, Noticing) else ()
    own: list[Notice] = []
    runs = manifest.now.runs
    if repeated:
        message = f"this is run {runs[-1].number} once more, with the same events: the state is as before"
        own.append(Notice("run-repeated", message))
    if runs and isinstance(source, Log) and manifest.mapping != mapping_of(source):
        message = "rows are read with another mapping or time zone than in the first run"
        help = "make sure that they become the same events"
        own.append(Notice("mapping-changed", message, help=help))
    # What is missing is looked for among the new events: without any there is nothing to tell.
    facts = Facts(engine.plan, engine.plugins.channels, total, source)
    of_facts = notices_of(facts) if new_events or not total.events else ()
    return (*own, *left_out_notices(left_out, alike), *engine.notices, *of_source, *of_facts)
