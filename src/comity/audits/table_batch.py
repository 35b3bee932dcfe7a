"""A table as a batch of events for a monitor: read as an audit reads it, but whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from comity.columns.event_columns import ABSENT, ArrowStream
from comity.errors import EventError
from comity.events.from_mapping import check_further
from comity.plan import Plan

if TYPE_CHECKING:
    from comity.columns.event_columns import EventColumns


def read_table(plan: Plan, table: ArrowStream) -> EventColumns:
    """Return the events of a table, with the columns that are fields or that the rules read.

    Raises EventError for the first row that is no event and for a column whose name nearly is that of a
    field, InputError where a column is missing, and UsageError without pyarrow.
    """
    from comity.columns.from_events import columns_of
    from comity.readers import Log
    from comity.readers.arrow.join import join_columns
    from comity.readers.sources.table_source import TableSource

    source = TableSource(table)
    check_further(source.names())
    log = Log([source], readers=(), attributes=plan.attributes(), fields=plan.fields())
    before, parts = 0, []
    fields = frozenset({*ABSENT, *plan.attributes()})
    for block in log.blocks(fields):
        loaded = block.load()
        loaded.add_counts(before)
        parts.append(attrs.evolve(loaded.columns, places=loaded.columns.places + before))
        if log.rejections:
            first = log.rejections[0]
            raise EventError(f"row {first.row} of the batch: {first.reason}")
        before += loaded.extent
    if not parts:
        return columns_of((), fields, (), numbered=True)
    return parts[0] if len(parts) == 1 else join_columns(parts)
