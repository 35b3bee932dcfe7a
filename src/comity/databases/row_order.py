"""What orders the rows of a database: of two events of a person at one instant, one is first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from comity.errors import InputError, UsageError, suggest

NO_ORDER = (
    "the rows have no order of their own, so that of two events at one instant nobody knows "
    "which is first: name a column whose values are all different with --order-by"
)


def ordering_column(
    rows: Callable[[str], Sequence[Sequence[Any]]],
    quoted: Callable[[str], str],
    relation: str,
    order_by: str,
    names: Sequence[str],
) -> tuple[str, int]:
    """Return the column that orders a relation, in quotes, and how many rows there are; `rows` runs a query.

    Raises UsageError where there is no such column, InputError where its values are not all different.
    """
    if order_by not in names:
        advice = suggest(order_by, names) or f"the columns are {', '.join(names)}"
        raise UsageError(f"there is no column `{order_by}` to order by: {advice}")
    column = quoted(order_by)
    ((all_, different),) = rows(f"SELECT COUNT(*), COUNT(DISTINCT {column}) FROM {relation} {quoted('log')}")
    if all_ != different:
        raise InputError(
            f"{all_ - different:,} of {all_:,} rows have no value of their own in `{order_by}`, "
            "so that it is no order: name a column whose values are all different with --order-by"
        )
    return column, int(all_)
