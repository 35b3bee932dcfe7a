"""Some rows of columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from comity.columns.arrow_arrays import numbers
from comity.columns.event_columns import Coded, EventColumns


def take_columns(columns: EventColumns, rows: NDArray[np.int64] | list[int]) -> EventColumns:
    """Return the rows of events at some indices."""
    rows = np.asarray(rows, np.int64)
    where = numbers(rows)

    def coded(columns: Mapping[str, Coded]) -> dict[str, Coded]:
        return {name: Coded(column.codes[rows], column.values) for name, column in columns.items()}

    return EventColumns(
        columns.at[rows],
        columns.person.take(where),
        columns.places[rows],
        coded(columns.fields),
        coded(columns.attributes),
        None if columns.ids is None else columns.ids.take(where),
        None if columns.labels is None else columns.labels.take(where),
        None if columns.date_only is None else columns.date_only[rows],
    )
