"""Tables of Delta Lake, read by the `deltalake` package."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from comity.errors import InputError, UsageError, error_text
from comity.readers.sources.lake_tables.table_scan import AS_TEXT

if TYPE_CHECKING:
    import pyarrow as pa


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
        actions = self._table.get_add_actions(flatten=True)
        added: Any = _columns(actions)
        self.size = AS_TEXT * sum(added["size_bytes"])
        self._added = dict(zip(added["path"], added["modification_time"], strict=True))

    def names(self) -> list[str]:
        """Return the names of its columns."""
        return [field.name for field in self._table.schema().fields]

    def batches(self, columns: Sequence[str], repeating: frozenset[str]) -> Iterator[pa.RecordBatch]:
        """Return some columns, file after file in the order in which they were added."""
        import pyarrow.dataset as ds

        kinds = {field.name: getattr(field.type, "type", None) for field in self._table.schema().fields}
        coded = [name for name in columns if name in repeating and kinds[name] == "string"]
        try:
            found = self._table.to_pyarrow_dataset(
                parquet_read_options=ds.ParquetReadOptions(dictionary_columns=coded)
            )
        except self._fault as error:
            raise self._refused(error) from None
        files = sorted(found.get_fragments(), key=lambda each: (self._added[each.path], each.path))
        ordered = ds.FileSystemDataset(files, found.schema, found.format, found.filesystem)
        yield from ordered.to_batches(columns=list(columns))

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


def _columns(actions: Any) -> dict[str, list[Any]]:
    import pyarrow as pa

    found: dict[str, list[Any]] = (
        pa.table(actions).select(["path", "size_bytes", "modification_time"]).to_pydict()
    )
    return found


def storage_options(url: str) -> dict[str, str] | None:
    """Return what the package must know of where a table is.

    It takes an `AWS_ENDPOINT_URL` without TLS only if it is told so, and whoever sets one wants it.
    """
    if url.startswith("s3") and os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://"):
        return {"AWS_ALLOW_HTTP": "true"}
    return None
