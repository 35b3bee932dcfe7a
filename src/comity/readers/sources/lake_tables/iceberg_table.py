"""Tables of Apache Iceberg, read by the `pyiceberg` package: by their metadata, or from a catalog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from comity.errors import InputError, UsageError, error_text
from comity.readers.reader import Earliest
from comity.readers.sources.lake_tables.table_scan import AS_TEXT

if TYPE_CHECKING:
    import pyarrow as pa

SCHEME: Final = "iceberg://"
"""`iceberg://CATALOG/NAMESPACE.TABLE` is a table of a catalog that the configuration of pyiceberg names."""
_AT_ONCE: Final = 4
"""Files that are read side by side; the package holds the rows of all files that it is given."""


class IcebergLog:
    """One snapshot of a table of Apache Iceberg."""

    format = "a table of Apache Iceberg"

    def __init__(self, place: str, snapshot: int | None) -> None:
        """Open a table; raises UsageError without the package, InputError where it cannot be read."""
        self._table = open_table(place)
        found = self._table.current_snapshot() if snapshot is None else self._table.snapshot_by_id(snapshot)
        if found is None and snapshot is not None:
            known = ", ".join(str(each.snapshot_id) for each in self._table.snapshots()[-5:])
            raise InputError(f"the table has no snapshot `{snapshot}`: the latest are {known or 'none'}")
        self._snapshot = None if found is None else found.snapshot_id
        self.number = self._snapshot or 0
        self.version = "its creation, without rows" if found is None else f"snapshot {found.snapshot_id}"
        self._tasks = [] if found is None else self._planned()
        self.size = AS_TEXT * sum(task.file.file_size_in_bytes for task in self._tasks)

    def _planned(self) -> list[Any]:
        """Return the files that are read, in the order in which they were added to the table."""
        entries = self._table.inspect.entries(self._snapshot).select(["sequence_number", "data_file"])
        added = {each["data_file"]["file_path"]: each["sequence_number"] or 0 for each in entries.to_pylist()}
        tasks = self._table.scan(snapshot_id=self._snapshot).plan_files()
        return sorted(tasks, key=lambda task: (added[task.file.file_path], task.file.file_path))

    def _scan(self, columns: Sequence[str] = ("*",)) -> Any:
        return self._table.scan(selected_fields=tuple(columns), snapshot_id=self._snapshot)

    def names(self) -> list[str]:
        """Return the names of its columns."""
        return [field.name for field in self._scan().projection().fields]

    def batches(
        self, columns: Sequence[str], repeating: frozenset[str], earliest: Earliest | None
    ) -> Iterator[pa.RecordBatch | int]:
        """Return some columns, file after file in the order in which they were added.

        Texts come as they are: for `repeating` columns the package would log a warning with each batch.
        """
        from pyiceberg.io.pyarrow import ArrowScan

        scan = self._scan(columns)
        reading = ArrowScan(scan.table_metadata, scan.io, scan.projection(), scan.row_filter)
        for early, run in groupby(self._tasks, lambda task: self._is_early(task, earliest)):
            tasks = list(run)
            if early:
                yield sum(task.file.record_count for task in tasks)
                continue
            for first in range(0, len(tasks), _AT_ONCE):
                for batch in reading.to_record_batches(tasks[first : first + _AT_ONCE]):
                    yield batch.select(list(columns))

    def _is_early(self, task: Any, earliest: Earliest | None) -> bool:
        """Return whether all times of a file are before an instant; where rows were deleted, nobody knows."""
        from pyiceberg.conversions import from_bytes
        from pyiceberg.types import TimestampType, TimestamptzType

        if earliest is None or task.delete_files:
            return False
        field = self._scan().projection().find_field(earliest.column)
        latest = (task.file.upper_bounds or {}).get(field.field_id)
        nulls = (task.file.null_value_counts or {}).get(field.field_id)
        if latest is None or nulls != 0 or not isinstance(field.field_type, TimestampType | TimestamptzType):
            return False
        micros: Any = from_bytes(field.field_type, latest)
        return earliest.is_after(micros, local=isinstance(field.field_type, TimestampType))


def open_table(place: str) -> Any:
    """Return the table of a catalog, or the one of a metadata file.

    Raises UsageError without the package, InputError where it cannot be read.
    """
    try:
        from pyiceberg.table import StaticTable
    except ImportError:
        raise _lacking() from None
    try:
        if not place.startswith(SCHEME):
            return StaticTable.from_metadata(place)
        catalog, _, name = place.removeprefix(SCHEME).partition("/")
        if not catalog or "." not in name:
            raise UsageError(f"is not a table of a catalog: write `{SCHEME}CATALOG/NAMESPACE.TABLE`")
        return load_the_catalog(catalog).load_table(name)
    except (UsageError, InputError):
        raise
    except Exception as error:  # The package has no base class of its faults.
        raise InputError(f"cannot be read as a table of Apache Iceberg: {error_text(error)}") from None


def load_the_catalog(name: str) -> Any:
    """Return the catalog of a name that the configuration of pyiceberg knows.

    Raises UsageError without the package, InputError for another name.
    """
    try:
        from pyiceberg.catalog import load_catalog
    except ImportError:
        raise _lacking() from None
    try:
        return load_catalog(name)
    except Exception as error:  # The package has no base class of its faults.
        raise InputError(f"the catalog `{name}` cannot be used: {error_text(error)}") from None


def _lacking() -> UsageError:
    return UsageError("tables of Apache Iceberg need their package: pip install 'comity[iceberg]'")
