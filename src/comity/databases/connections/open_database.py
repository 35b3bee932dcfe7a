"""Opening the database that a URL names."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from comity.databases.connections.connection import Connection
from comity.databases.connections.row_connection import RowConnection
from comity.databases.connections.shown_url import shown_database
from comity.errors import UsageError, one_of

KINDS = (
    "duckdb:///FILE",
    "sqlite:///FILE",
    "postgresql://HOST/NAME",
    "adbc:DRIVER:URI",
)


def open_database(url: str) -> Connection | RowConnection:
    """Open a database whose rules become SQL, or one that gives its rows.

    The first are `duckdb:///FILE`, `sqlite:///FILE` and `postgresql://…`, the others `adbc:DRIVER:URI` and
    all URLs of SQLAlchemy. A path after three slashes is relative, one after four is absolute. Only
    temporary tables are written. Raises UsageError for another URL or a missing package, InputError where it
    cannot be opened.
    """
    if url.startswith("adbc:"):
        from comity.databases.connections.adbc_rows import AdbcRows

        return AdbcRows(url)
    parts = urlsplit(url)
    if parts.scheme in ("postgresql", "postgres"):
        from comity.databases.connections.postgres_connection import PostgresConnection

        return PostgresConnection(url)
    path = unquote(parts.path)[1:]
    if parts.scheme in ("duckdb", "sqlite"):
        if parts.netloc or not path:
            raise UsageError(f"`{url}` names no file: write `{parts.scheme}:///FILE`")
        if parts.scheme == "duckdb":
            from comity.databases.connections.duckdb_connection import DuckdbConnection

            return DuckdbConnection(path)
        from comity.databases.connections.sqlite_connection import SqliteConnection

        return SqliteConnection(path)
    if "://" not in url:
        shown = shown_database(url)
        raise UsageError(
            f"`{shown}` is not a database that can be audited: allowed are {one_of(KINDS)} "
            "and URLs of SQLAlchemy"
        )
    from comity.databases.connections.sqlalchemy_rows import SqlalchemyRows

    return SqlalchemyRows(url)
