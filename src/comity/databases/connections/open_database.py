"""Opening the database that a URL names."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from comity.databases.connections.connection import Connection
from comity.databases.connections.shown_url import shown_database
from comity.errors import UsageError, one_of

KINDS = ("duckdb:///FILE", "sqlite:///FILE", "postgresql://HOST/NAME")


def open_database(url: str) -> Connection:
    """Open a database: `duckdb:///FILE`, `sqlite:///FILE` or `postgresql://…`.

    A path after three slashes is relative, one after four is absolute. Only temporary tables are written.
    Raises UsageError for another URL or a missing package, InputError where it cannot be opened.
    """
    parts = urlsplit(url)
    kind = parts.scheme.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        from comity.databases.connections.postgres_connection import PostgresConnection

        return PostgresConnection(url)
    path = unquote(parts.path)[1:]
    if kind not in ("duckdb", "sqlite") or parts.netloc or not path:
        raise UsageError(
            f"`{shown_database(url)}` is not a database that can be audited: allowed are {one_of(KINDS)}"
        )
    if kind == "duckdb":
        from comity.databases.connections.duckdb_connection import DuckdbConnection

        return DuckdbConnection(path)
    from comity.databases.connections.sqlite_connection import SqliteConnection

    return SqliteConnection(path)
