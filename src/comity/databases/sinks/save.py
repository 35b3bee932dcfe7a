"""Writing the findings of a report to where a URL says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from comity.databases.connections.shown_url import shown_database
from comity.errors import UsageError, one_of
from comity.records import frozen
from comity.results.report import Report

TABLE: Final = "comity_findings"
KINDS: Final = (
    "sqlite:///FILE",
    "duckdb:///FILE",
    "postgresql://HOST/NAME",
    "delta:FOLDER-OR-URL",
    "iceberg://CATALOG/NAMESPACE",
)


class Sink(Protocol):
    """Where findings are written."""

    def replace(self, table: str, run: str, report: Report) -> int:
        """Write the findings of a run; returns how many rows a run of the same name had."""

    def close(self) -> None:
        """Close what is open."""


@frozen
class Saved:
    """What was written."""

    table: str
    run: str
    findings: int
    replaced: int
    """How many findings a run of the same name had."""


def save_findings(report: Report, url: str, *, run: str, table: str = TABLE) -> Saved:
    """Write the findings of a report to a table, and what is known of the run to the table `…_runs`.

    A run of the same name is replaced, so that a repeated run changes nothing. `url` is that of a database
    (`sqlite:///FILE`, `duckdb:///FILE`, `postgresql://…`, or another one of SQLAlchemy), `delta:FOLDER` or
    `iceberg://CATALOG/NAMESPACE`. Instants are timestamps in UTC; SQLite has them as ISO texts. Raises
    UsageError for another URL, a missing package or a table with other columns, InputError where nothing
    can be written.
    """
    with open_sink(url) as sink:
        return save_to(sink, report, run=run, table=table)


def save_to(sink: Sink, report: Report, *, run: str, table: str) -> Saved:
    """Write the findings of a report to an open sink; raises UsageError where a name is empty."""
    for what, name in (("run", run), ("table", table)):
        if not name.strip():
            raise UsageError(f"the {what} has no name: a repeated run replaces that of the same name")
    return Saved(table, run, len(report.findings), sink.replace(table, run, report))


@contextmanager
def open_sink(url: str) -> Iterator[Sink]:
    """Open where findings are written."""
    with closing(_open(url)) as sink:
        yield sink


def _open(url: str) -> Sink:
    if url.startswith("delta:"):
        from comity.databases.sinks.lake_sinks import DeltaSink

        return DeltaSink(url.removeprefix("delta:"))
    parts = urlsplit(url)
    if parts.scheme == "iceberg":
        from comity.databases.sinks.lake_sinks import IcebergSink

        return IcebergSink(url)
    from comity.databases.sinks.databases import DuckdbSink, PostgresSink, SqliteSink

    if parts.scheme in ("postgresql", "postgres"):
        return PostgresSink(url)
    if parts.scheme in ("sqlite", "duckdb"):
        path = unquote(parts.path)[1:]
        if parts.netloc or not path:
            raise UsageError(f"`{url}` names no file: write `{parts.scheme}:///FILE`")
        return SqliteSink(path) if parts.scheme == "sqlite" else DuckdbSink(path)
    if "://" not in url:
        shown = shown_database(url)
        raise UsageError(
            f"`{shown}` is no place for findings: allowed are {one_of(KINDS)} and URLs of SQLAlchemy"
        )
    from comity.databases.sinks.sqlalchemy_sink import SqlalchemySink

    return SqlalchemySink(url)
