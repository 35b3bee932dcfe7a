"""Tables of Delta Lake, read by the `deltalake` package."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from comity.clock.instants import datetime_to_micros
from comity.errors import InputError, UsageError, error_text
from comity.readers.reader import Earliest
from comity.readers.sources.lake_tables.table_scan import AS_TEXT

if TYPE_CHECKING:
    import pyarrow as pa

_TIMES: Final = ("timestamp", "timestamp_ntz")
_SHORTENED: Final = 1000
"""Statistics of Delta Lake have whole milliseconds, cut off: the latest time may be so much later."""


class DeltaLog:
    """One version of a table of Delta Lake."""

    format = "a table of Delta Lake"

    def __init__(self, url: str, version: int | None) -> None:
        """Open a table; raises UsageError without the package, InputError where it cannot be read."""
        try:
            from deltalake import DeltaTable
            from deltalake.exceptions import DeltaError
        except ImportError:
            raise UsageError(
                "is a table of Delta Lake, which needs its package: pip install 'comity[delta]'"
            ) from None
        self._fault: type[Exception] = DeltaError
        try:
            self._table = DeltaTable(url, version=version, storage_options=storage_options(url))
        except (DeltaError, OSError, ValueError) as error:
            raise self._refused(error) from None
        self.number = self._table.version()
        self.version = f"version {self.number}"
        added = added_files(self._table).select(["path", "size_bytes", "modification_time"]).to_pydict()
        self.size = AS_TEXT * sum(added["size_bytes"])
        self._added = dict(zip(added["path"], added["modification_time"], strict=True))

    def names(self) -> list[str]:
        """Return the names of its columns."""
        return [field.name for field in self._table.schema().fields]

    def batches(
        self, columns: Sequence[str], repeating: frozenset[str], earliest: Earliest | None
    ) -> Iterator[pa.RecordBatch | int]:
        """Return some columns, file after file in the order in which they were added."""
        import pyarrow.dataset as ds

        kinds = self._kinds()
        coded = [name for name in columns if name in repeating and kinds[name] == "string"]
        try:
            found = self._table.to_pyarrow_dataset(
                parquet_read_options=ds.ParquetReadOptions(dictionary_columns=coded)
            )
        except self._fault as error:
            raise self._refused(error) from None
        files = sorted(found.get_fragments(), key=lambda each: (self._added[each.path], each.path))
        passed = {} if earliest is None else self._passed(earliest)
        for early, run in groupby(files, lambda each: each.path in passed):
            if early:
                yield sum(passed[each.path] for each in run)
            else:
                ordered = ds.FileSystemDataset(list(run), found.schema, found.format, found.filesystem)
                yield from ordered.to_batches(columns=list(columns))

    def _kinds(self) -> dict[str, Any]:
        """Return the types of the columns that are not nested."""
        return {field.name: getattr(field.type, "type", None) for field in self._table.schema().fields}

    def _passed(self, earliest: Earliest) -> dict[str, int]:
        """Return the files whose times are all before an instant, with their numbers of rows."""
        at = earliest.column
        names = ("path", f"max.{at}", f"null_count.{at}", "num_records")
        known = added_files(self._table)
        if self._kinds().get(at) not in _TIMES or not {*names} <= {*known.column_names}:
            return {}
        found = {}
        for path, latest, nulls, rows in zip(*(known[name].to_pylist() for name in names), strict=True):
            if latest is not None and nulls == 0 and rows is not None:
                micros, precision = datetime_to_micros(latest)
                if earliest.is_after(micros + _SHORTENED, local=precision != "instant"):
                    found[path] = rows
        return found

    def _refused(self, error: BaseException) -> InputError:
        """Return the error for a table that the package cannot read, with what to do where that is known."""
        text = error_text(error)
        for feature, setting in (
            ("deletionVectors", "rewrite it without them: REORG TABLE … APPLY (PURGE)"),
            ("columnMapping", "export it to Parquet, or audit it where it is"),
        ):
            if feature in text:
                return InputError(f"the table uses `{feature}`, which is not read: {setting}")
        return InputError(f"cannot be read as a table of Delta Lake: {text}")


def added_files(table: Any) -> Any:
    """Return an Arrow table of the files of a table, with their statistics."""
    import pyarrow as pa

    return pa.table(table.get_add_actions(flatten=True))


def storage_options(url: str) -> dict[str, str] | None:
    """Return what the package must know of where a table is.

    It takes an `AWS_ENDPOINT_URL` without TLS only if it is told so, and whoever sets one wants it.
    """
    if url.startswith("s3") and os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://"):
        return {"AWS_ALLOW_HTTP": "true"}
    return None
