"""Findings written to tables of a data lake; each of the two tables changes in one commit."""

from __future__ import annotations

import warnings
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from comity.databases.connections.faults import lacking
from comity.databases.sinks.rows import RUNS, finding_batches, run_row, table_of
from comity.databases.sinks.sql_sink import check_columns
from comity.errors import InputError, UsageError, error_text
from comity.readers.sources.lake_tables.delta_table import storage_options
from comity.readers.sources.lake_tables.iceberg_table import SCHEME, load_the_catalog
from comity.results.report import Report


class DeltaSink:
    """A table of Delta Lake, and beside it one of the runs; `scope` is a map and `evidence` a list."""

    def __init__(self, url: str) -> None:
        """Take the folder or the URL of a table; raises UsageError without the package."""
        try:
            import deltalake
        except ImportError:
            raise lacking("tables of Delta Lake", "deltalake", "'comity[delta]'") from None
        self._url = url.rstrip("/")
        self._package = deltalake

    def replace(self, table: str, run: str, report: Report) -> int:
        """Write the findings of a run; returns how many rows a run of the same name had."""
        place = f"{self._url}/{table}"
        before = self._overwrite(place, run, finding_batches(report, run))
        # INVARIANT: a run is there only with all its findings.
        self._overwrite(f"{place}_runs", run, table_of([run_row(report, run)], RUNS))
        return before

    def _overwrite(self, place: str, run: str, rows: Any) -> int:
        from deltalake.exceptions import DeltaError

        options, quoted = storage_options(place), run.replace("'", "''")
        try:
            before = 0
            if self._package.DeltaTable.is_deltatable(place, options):
                known = self._package.DeltaTable(place, storage_options=options)
                check_columns(place, [each.name for each in known.schema().fields], rows.schema.names)
                before = known.to_pyarrow_dataset().count_rows(ds.field("run") == run)
                self._package.write_deltalake(known, rows, mode="overwrite", predicate=f"run = '{quoted}'")
            else:
                self._package.write_deltalake(place, rows, mode="append", storage_options=options)
        except (DeltaError, OSError) as error:
            raise InputError(f"`{place}` cannot be written: {error_text(error)}") from None
        return before

    def close(self) -> None:
        """Do nothing: nothing is open."""


class IcebergSink:
    """A namespace of a catalog of Apache Iceberg with both tables."""

    def __init__(self, url: str) -> None:
        """Take `iceberg://CATALOG/NAMESPACE`; raises UsageError for another URL and without the package."""
        catalog, _, self._namespace = url.removeprefix(SCHEME).partition("/")
        if not catalog or not self._namespace:
            raise UsageError(f"`{url}` is no place for findings: write `{SCHEME}CATALOG/NAMESPACE`")
        self._catalog = load_the_catalog(catalog)

    def replace(self, table: str, run: str, report: Report) -> int:
        """Write the findings of a run; returns how many rows a run of the same name had."""
        before = self._overwrite(table, run, finding_batches(report, run).read_all())
        self._overwrite(f"{table}_runs", run, table_of([run_row(report, run)], RUNS))
        return before

    def _overwrite(self, table: str, run: str, rows: pa.Table) -> int:
        from pyiceberg import expressions

        package: Any = expressions
        of_run = package.EqualTo("run", run)
        name = f"{self._namespace}.{table}"
        try:
            known = self._catalog.create_table_if_not_exists(name, schema=rows.schema)
            check_columns(name, [each.name for each in known.schema().fields], rows.column_names)
            before = known.scan(row_filter=of_run, selected_fields=("run",)).to_arrow().num_rows
            with warnings.catch_warnings():
                # The package warns if there is nothing to replace.
                warnings.simplefilter("ignore", UserWarning)
                known.overwrite(rows, overwrite_filter=of_run)
        except UsageError:
            raise
        except Exception as error:  # The package has no base class of its faults.
            raise InputError(f"`{name}` cannot be written: {error_text(error)}") from None
        return int(before)

    def close(self) -> None:
        """Close the catalog."""
        self._catalog.close()
