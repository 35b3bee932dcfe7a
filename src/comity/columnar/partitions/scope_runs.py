"""The rows of a partition, scope by scope."""

from __future__ import annotations

import attrs
import numpy as np

from comity.columnar.arrays import Codes, Ints


@attrs.frozen(eq=False)
class ScopeRuns:
    """The rows of a partition scope by scope, each scope's in the order of time."""

    rows: Ints
    """Rows of the partition; those with several matters are in several scopes."""
    identical: bool
    """The rows are those of the partition as they stand."""
    starts: Ints
    """For each place here, the place at which its scope begins."""
    ends: Ints
    """For each place here, the place after its scope's last one."""
    extra: dict[str, Codes]
    """Codes of the fields that make the scope beside the key, by name."""


def scope_runs(rows: Ints, group: Ints, extra: dict[str, Codes], *, identical: bool = False) -> ScopeRuns:
    """Return the runs of rows that are sorted by scope; `group` numbers the scope of each, ascending."""
    if not len(group):
        return ScopeRuns(rows, identical, rows, rows, extra)
    begins = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    sizes = np.diff(np.append(begins, len(group)))
    return ScopeRuns(rows, identical, np.repeat(begins, sizes), np.repeat(begins + sizes, sizes), extra)
