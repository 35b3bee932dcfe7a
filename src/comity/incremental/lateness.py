"""Events that come later than a state takes them, and events that earlier runs have read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from comity.clock.instants import DAY, format_elapsed, format_instant
from comity.errors import InputError
from comity.incremental.new_events import NewEvents
from comity.incremental.store.manifest import Run
from comity.notices import Notice
from comity.texts.many import many


def refuse_late(
    new: NewEvents,
    prefixes: Sequence[str],
    settled: int | None,
    alike: NDArray[np.bool_],
    allowed_lateness: int,
    runs: Sequence[Run],
) -> None:
    """Raise InputError if an event is before the settled instant; `alike` marks those that look known."""
    if settled is None:
        return
    late = np.flatnonzero(new.columns.at < settled)
    if not len(late):
        return
    first = int(late[0])
    at = int(new.columns.at[first])
    row = new.names(prefixes)[first].as_py()
    allowed = f"be at most {format_elapsed(allowed_lateness)} late" if allowed_lateness else "not be late"
    known = int(alike[late].sum())
    if known:
        advice = (
            f"{known:,} of them look like events of earlier runs, without ids: give only what came after "
            f"{format_instant(settled)}, or events with ids, which are recognised"
        )
    else:
        earliest = settled - int(new.columns.at[late].min()) + allowed_lateness
        advice = (
            "leave them out, or audit the whole log once more with --rebuild and an --allowed-lateness of "
            f"{-(-earliest // DAY)} days"
        )
    raise InputError(
        f"{many(len(late), 'event')} too late, the first in row {row}, at {format_instant(at)}: "
        f"{many(len(runs), 'run')} before this one settled everything before {format_instant(settled)} "
        f"(events may {allowed}), and the state is as it was: {advice}"
    )


def left_out_notices(left_out: int, alike: int) -> tuple[Notice, ...]:
    """Return the notices about events that earlier runs have read, or seem to have read."""
    found = []
    if left_out:
        verb = "was" if left_out == 1 else "were"
        said = f"{many(left_out, 'event')} {verb} left out"
        message = f"{said}: an earlier run has read the same id, person and instant"
        found.append(Notice("known-events", message, count=left_out))
    if alike:
        verb = "counts" if alike == 1 else "count"
        message = (
            f"{many(alike, 'event')} without an id {verb} once more: an earlier run has read the same values"
        )
        help = "give only new events, or map an `id`, by which repeated ones are recognised"
        found.append(Notice("events-like-known", message, count=alike, help=help))
    return tuple(found)
