"""Removing all that a state keeps of one person."""

from __future__ import annotations

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.arrow_arrays import texts
from comity.incremental.store.manifest import Manifest, Segment
from comity.incremental.store.state_folder import StateFolder


def forget(folder: StateFolder, manifest: Manifest, person: str) -> int:
    """Remove a person's events and return how many there were; the folder must be locked."""
    now, found = manifest.now, 0
    segments: list[Segment] = []
    for segment in now.segments:
        rest = _without(folder.read(segment), person)
        found += segment.rows - rest.num_rows
        if rest.num_rows == segment.rows:
            segments.append(segment)
        elif rest.num_rows:
            segments.append(folder.write("events", len(now.runs), rest))
    open_segment = now.open
    if open_segment is not None:
        rest = _without(folder.read(open_segment), person)
        if rest.num_rows != open_segment.rows:
            open_segment = folder.write("open", len(now.runs), rest)
    # What was known before the last run has the person's events too: that run cannot be repeated any more.
    kept = attrs.evolve(now, segments=tuple(segments), open=open_segment)
    folder.commit(attrs.evolve(manifest, now=kept, before=None))
    return found


def _without(table: pa.Table, person: str) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table.column("person"), texts([person]))))
