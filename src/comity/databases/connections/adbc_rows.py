"""Rows of any database that has a driver of ADBC, the database interface of Arrow."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING, Any, Final

from comity.databases.connections.faults import faults
from comity.databases.connections.shown_url import shown_database
from comity.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX: Final = "adbc:"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_BACKTICKS: Final = frozenset({"bigquery"})


class AdbcRows:
    """A connection of a driver of ADBC."""

    def __init__(self, url: str) -> None:
        """Connect to `adbc:DRIVER:URI`; the driver gets the URI as it is.

        Raises UsageError where the driver is missing, InputError where the database refuses.
        """
        driver, _, uri = url.removeprefix(PREFIX).partition(":")
        if not _NAME.fullmatch(driver) or not uri:
            raise UsageError(
                f"`{shown_database(url)}` is no database: write `{PREFIX}DRIVER:URI`, "
                "such as `adbc:sqlite:FILE`"
            )
        try:
            self._package: Any = importlib.import_module(f"adbc_driver_{driver}.dbapi")
        except ImportError:
            raise UsageError(
                f"`{shown_database(url)}`: its driver is missing: pip install adbc-driver-{driver}"
            ) from None
        self._quote = "`" if driver in _BACKTICKS else '"'
        with self._faults():
            self._connection = self._package.connect(uri)

    def quoted(self, name: str) -> str:
        """Return an identifier in the quotes of the database."""
        return self._quote + name.replace(self._quote, 2 * self._quote) + self._quote

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._faults(), closing(self._connection.cursor()) as cursor:
            cursor.execute(statement)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def names(self, statement: str) -> list[str]:
        """Return the names of the columns of a query."""
        with self._faults(), closing(self._connection.cursor()) as cursor:
            cursor.execute(statement)
            return [name for name, *_ in cursor.description]

    def batches(self, statement: str) -> Iterator[pa.RecordBatch]:
        """Return the rows of a query as Arrow batches, as they arrive."""
        with self._faults(), closing(self._connection.cursor()) as cursor:
            cursor.execute(statement)
            yield from cursor.fetch_record_batch()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _faults(self) -> AbstractContextManager[None]:
        return faults("the database", self._package.Error)
