"""One run: kept and new events are judged together, and the kept ones alone; the difference is told.

An event that no new one can concern is judged in the same way both times, so that only what is new, changed
or gone is left. That is exact as long as whatever a new event can concern is kept with all that it needs,
which `retention` sees to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.audits.report import Rejecting, rejected_text
from comity.clock.instants import format_instant
from comity.columns.arrow_arrays import numbers
from comity.errors import InputError, UsageError
from comity.events.sources import Source
from comity.incremental import made_with
from comity.incremental.changes import among, changes
from comity.incremental.judge import Judged, judge, touched_persons
from comity.incremental.kept_for import described
from comity.incremental.known_events import KNOWN_FOR
from comity.incremental.lateness import refuse_late
from comity.incremental.needed_rows import roles_of
from comity.incremental.new_events import NewEvents, needed_fields, prefixes_of, read_new_events
from comity.incremental.run_summary import notices_of_run, summary_of_run
from comity.incremental.store.manifest import Contents, Manifest, Run, Segment
from comity.incremental.store.state_folder import StateFolder
from comity.incremental.store.stored_events import table_of
from comity.incremental.stored import Stored, keep_events, person_digests, still_open
from comity.incremental.totals import Gain, total_of, written
from comity.plan.needs.retention import needs_of
from comity.readers import Log
from comity.records import frozen
from comity.results.state_report import StateReport

if TYPE_CHECKING:
    from comity.engine import Engine


@frozen
class Asked:
    """What the caller asks for."""

    as_of: int | None
    allowed_lateness: int | None
    rebuild: bool
    memory: int | None
    raises: bool
    progress: Callable[[str, int, int | None], None] | None


def run_audit(engine: Engine, source: Source, folder: StateFolder, asked: Asked) -> StateReport:
    """Make one run; the folder must be locked."""
    manifest = None if asked.rebuild else folder.load()
    if manifest is not None:
        made_with.check_made_with(manifest, engine, asked.allowed_lateness, str(folder.path))
    else:
        manifest = _begun(engine, source, asked)
    return _Run(engine, source, folder, asked, manifest).report()


def _begun(engine: Engine, source: Source, asked: Asked) -> Manifest:
    return Manifest(
        asked.allowed_lateness or 0,
        made_with.policy_titles(engine),
        made_with.rule_fingerprints(engine.plan),
        made_with.versions_of(engine),
        made_with.mapping_of(source),
        described(needs_of(engine.plan)),
    )


class _Run:
    """One run of an audit."""

    def __init__(
        self, engine: Engine, source: Source, folder: StateFolder, asked: Asked, manifest: Manifest
    ) -> None:
        self._engine = engine
        self._source = source
        self._folder = folder
        self._asked = asked
        self._manifest = manifest

    def report(self) -> StateReport:
        """Read, judge, keep, and return what is new."""
        engine, source, manifest, asked = self._engine, self._source, self._manifest, self._asked
        given = read_new_events(source, needed_fields(engine.plan, engine.plugins.channels))
        digest = given.digest()
        repeated = self._is_repeated(given, digest)
        begin = manifest.before if repeated else manifest.now
        assert begin is not None, "INVARIANT: a run is repeated only if the contents before it are known"
        stored = Stored(self._folder, begin)
        settled = None if begin.latest is None else begin.latest - manifest.allowed_lateness
        prefixes = self._prefixes(begin)
        by_id, alike = stored.known.matches(given)
        new, alike = given.only(~by_id).labelled(prefixes), alike[~by_id]
        left_out = len(given) - len(new)
        refuse_late(new, prefixes, settled, alike, manifest.allowed_lateness, begin.runs)
        latest = _latest(begin.latest, source.latest())
        as_of = manifest.now.runs[-1].as_of if repeated else self._as_of(begin, latest)
        touched = touched_persons(engine.plan, stored, new, as_of)
        judged = judge(
            engine,
            stored,
            new,
            touched,
            settled=settled,
            as_of=as_of,
            memory=asked.memory,
            progress=asked.progress,
        )
        persons = person_digests(new.columns.person)
        fresh = persons[~among(persons, stored.persons)]
        gain = Gain(judged.after[0], None if judged.before is None else judged.before[0])
        found, withdrawn = changes(None if judged.before is None else judged.before[1], judged.after[1])
        run = summary_of_run(source, new, gain, found, as_of=as_of, left_out=left_out, persons=len(persons))
        total = total_of(begin.totals, gain, attrs.evolve(run, persons=len(fresh)))
        notices = notices_of_run(
            engine,
            source,
            manifest,
            total,
            new_events=len(given),
            left_out=left_out,
            alike=int(alike.sum()),
            repeated=repeated,
        )
        rejections = tuple(source.rejections) if isinstance(source, Rejecting) else ()
        if asked.raises and run.rows_rejected:
            raise InputError(rejected_text(run.rows_rejected, rejections))
        report = StateReport(
            attrs.evolve(run, notices=notices),
            found,
            rejections,
            total=total,
            withdrawn=withdrawn,
            run=len(begin.runs) + 1,
            is_repeated=repeated,
            left_out=left_out,
        )
        if not repeated:
            done = self._done(given, digest, report)
            self._keep(
                new,
                stored,
                touched,
                judged,
                report,
                latest,
                np.sort(np.concatenate((stored.persons, fresh))),
                done,
            )
        return report

    def _prefixes(self, begin: Contents) -> list[str]:
        """Return how the labels of each file begin."""
        names = self._source.names if isinstance(self._source, Log) else ()
        known = [name for run in begin.runs for name in run.files]
        return prefixes_of(names, known, len(begin.runs) + 1)

    def _is_repeated(self, given: NewEvents, digest: str) -> bool:
        """Return whether the last run is made again; raises UsageError for events of an earlier run."""
        runs, asked = self._manifest.now.runs, self._asked.as_of
        same = next((run for run in reversed(runs) if run.digest == digest), None)
        if same is None or not len(given):
            return False
        is_last = same is runs[-1] and self._manifest.before is not None
        if is_last and asked in (None, same.as_of):
            return True
        advice = "to move as-of alone, give a log without events" if is_last else "give those that came later"
        raise UsageError(f"these {len(given):,} events were read by run {same.number} already: {advice}")

    def _as_of(self, begin: Contents, latest: int | None) -> int | None:
        asked, former = self._asked.as_of, begin.as_of
        if asked is None:
            return _latest(former, latest)
        if former is not None and asked < former:
            raise UsageError(
                f"as-of {format_instant(asked)} is earlier than {format_instant(former)}, that of the last "
                "run: time does not go back"
            )
        return asked

    def _done(self, given: NewEvents, digest: str, report: StateReport) -> Run:
        at, source = given.columns.at, self._source
        return Run(
            report.run,
            digest,
            report.summary.events,
            int(at.min()) if len(at) else None,
            int(at.max()) if len(at) else None,
            report.summary.as_of,
            source.names if isinstance(source, Log) else (),
            len(report.findings),
            len(report.withdrawn),
            report.left_out,
        )

    def _keep(
        self,
        new: NewEvents,
        stored: Stored,
        touched: pa.Array | None,
        judged: Judged,
        report: StateReport,
        latest: int | None,
        persons: NDArray[np.int64],
        done: Run,
    ) -> None:
        """Write what later events need, and let it count from now on."""
        folder, begin, plan = self._folder, stored.contents, self._engine.plan
        lateness, as_of = self._manifest.allowed_lateness, report.summary.as_of
        settled = None if latest is None else latest - lateness
        needs = needs_of(plan)
        positions = np.arange(len(new), dtype=np.int64) + begin.position
        roles = roles_of(new.columns, needs, self._engine.plugins.channels)
        kept = keep_events(
            folder, stored, table_of(new.columns, positions, roles), needs, settled, as_of, report.run
        )
        known = stored.known
        if latest is not None:
            known = known.with_events(new.columns, latest - max(KNOWN_FOR, lateness))
        still = stored.open if touched is None else still_open(stored.open, touched, judged.after[1])
        contents = Contents(
            kept,
            self._write("known", report.run, known.table),
            self._write("open", report.run, still),
            self._write("persons", report.run, pa.table({"person": numbers(persons)})),
            begin.position + len(new),
            latest,
            as_of,
            written(report.total),
            (*begin.runs, done),
        )
        folder.commit(attrs.evolve(self._manifest, now=contents, before=begin))

    def _write(self, name: str, run: int, table: pa.Table) -> Segment | None:
        return self._folder.write(name, run, table) if table.num_rows else None


def _latest(*instants: int | None) -> int | None:
    return max((instant for instant in instants if instant is not None), default=None)
