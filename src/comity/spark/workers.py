"""Checking the packages of the workers before a job, so that no other version judges a part of the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from comity.errors import InputError, UsageError
from comity.pieces.packages import packages_of, refuse_differences
from comity.plugins.manager import Plugins

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TASKS: Final = 8
"""How many small tasks ask for the packages; a worker that gets none asks itself when a piece arrives."""


def check_workers(session: SparkSession, plugins: Plugins | None = None) -> dict[str, str]:
    """Return the versions of the packages that the workers have, which are those of this process.

    It runs a small job. Raises UsageError, with both versions, for a worker that has another version of
    comity, of the time zones, of the holidays or of a loaded plugin, or lacks what a worker needs.
    """
    wanted = packages_of(Plugins() if plugins is None else plugins)
    names = [name for name in wanted if name not in ("comity", "tzdata", "holidays")]
    try:
        rows = (
            session.range(0, _TASKS, 1, _TASKS)
            .mapInArrow(_asking(names), "found string")
            .distinct()
            .collect()
        )
    except Exception as error:  # pyspark has several classes of errors for what a worker raises.
        if "ModuleNotFoundError" in str(error):
            lacking = str(error).rpartition("ModuleNotFoundError: ")[2].partition("\n")[0]
            raise UsageError(
                f"the workers of Spark lack a package: {lacking}. They need comity, numpy and pyarrow: see "
                "`docs/spark.md`, or set PYSPARK_PYTHON to the Python that has them"
            ) from None
        raise
    if not rows:
        raise InputError("the workers of Spark did not say which packages they have")
    for (found,) in rows:
        there = json.loads(found)
        if "error" in there:
            raise UsageError(
                f"a worker of Spark cannot load comity: {there['error']}. Install it on the workers: see "
                "`docs/spark.md`, or set PYSPARK_PYTHON to the Python that has it"
            )
        refuse_differences(wanted, there, "a worker of Spark")
    return wanted


def _asking(names: list[str]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """Return a function that asks a worker; it is sent as it stands, since a worker may lack this module."""

    def ask(batches: Iterator[Any]) -> Iterator[Any]:
        import json

        import pyarrow

        try:
            from comity.pieces.packages import versions_of

            found = versions_of(names)
        except Exception as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        for batch in batches:
            said = [json.dumps(found, sort_keys=True)] * batch.num_rows
            yield pyarrow.RecordBatch.from_arrays([pyarrow.array(said, pyarrow.string())], ["found"])

    return ask
