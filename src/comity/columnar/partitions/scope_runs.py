"""The rows of a partition, scope by scope."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import Codes, Ints
from comity.records import frozen


@frozen(eq=False)
class ScopeRuns:
    """The rows of a partition, scope by scope, each scope in time order."""

    rows: Ints
    """Rows of the partition, (n,); those with several matters are in several scopes."""
    identical: bool
    """Whether the rows are those of the partition, in the same order."""
    starts: Ints
    """For each place, the place at which its scope begins, (n,)."""
    ends: Ints
    """For each place, the place after the end of its scope, (n,)."""
    extra: dict[str, Codes]
    """The codes, by name, of the scope fields that are not in the key, each (n,)."""


def scope_runs(rows: Ints, group: Ints, extra: dict[str, Codes], *, identical: bool = False) -> ScopeRuns:
    """Return the runs of rows that are sorted by scope; `group` numbers the scope of each, ascending."""
    if not len(group):
        return ScopeRuns(rows, identical, rows, rows, extra)
    begins = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    sizes = np.diff(np.append(begins, len(group)))
    return ScopeRuns(rows, identical, np.repeat(begins, sizes), np.repeat(begins + sizes, sizes), extra)
