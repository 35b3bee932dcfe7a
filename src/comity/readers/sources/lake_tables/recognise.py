"""Folders that are tables of a data lake: a table has more files than its rows, and some are of the past."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from comity.errors import InputError, UsageError
from comity.readers.events.cells import one_line
from comity.storage.urls import shown_url

if TYPE_CHECKING:  # Few logs are tables: what reads them is imported for these alone.
    from comity.readers.sources.lake_tables.table_scan import TableScan

_DELTA: Final = "_delta_log/"
_METADATA: Final = re.compile(r"metadata/(?:v|0*)(\d+)(?:-[^/]*)?(?:\.gz)?\.metadata\.json")
"""The files that describe a table of Iceberg, each with the number of its version."""
_METADATA_FILE: Final = ".metadata.json"
_ICEBERG: Final = "iceberg://"


def table_version(path: str) -> tuple[str, int | None]:
    """Return a name without the `@v` and the number at its end, as Delta Lake writes it, and the number."""
    name, at, number = path.rpartition("@v")
    return (name, int(number)) if at and number.isdecimal() else (path, None)


def table_of(name: str, version: int | None) -> TableScan | None:
    """Return the table that a name itself says: one of a catalog, or a file that describes one."""
    if name.startswith(_ICEBERG) or name.endswith(_METADATA_FILE):
        return _iceberg(name, name, version)
    return None


def table_in(folder: str, names: Iterable[str], version: int | None) -> TableScan | None:
    """Return the table that a folder is, None if it is not one; `names` are those of all files below it.

    Raises InputError where a table is in a folder below it: its files are not a log by themselves.
    """
    described: dict[str, int] = {}
    for name in names:
        if name.startswith(_DELTA):
            return _delta(folder, version)
        found = _METADATA.fullmatch(name)
        if found:
            described[name] = int(found[1])
        elif f"/{_DELTA}" in name or _METADATA.search(name):
            inner = re.split(r"/(?:_delta_log|metadata)/", name)[0]
            raise InputError(
                f"{folder}: cannot be read: `{inner}` in it is a table of a data lake, whose files are not "
                "all of its rows: name that folder"
            )
    if not described:
        return None
    latest = max(described.values())
    newest = [name for name, number in described.items() if number == latest]
    if len(newest) > 1:
        raise InputError(
            f"{folder}: cannot be read: it has several newest descriptions of a table, "
            f"{' and '.join(f'`{name}`' for name in sorted(newest))}: name the one that is meant"
        )
    return _iceberg(folder, f"{folder.rstrip('/')}/{newest[0]}", version)


def refuse_version(version: int | None, what: str) -> None:
    """Raise UsageError where a version is asked of something that has none."""
    if version is not None:
        raise UsageError(
            f"`@v{version}` is a version of a table, and `{what}` is no table of Delta Lake or Iceberg"
        )


def _delta(url: str, version: int | None) -> TableScan:
    from comity.readers.sources.lake_tables.delta_table import DeltaLog
    from comity.readers.sources.lake_tables.table_scan import TableScan

    with _named(url):
        return TableScan(shown_url(url), DeltaLog(url, version))


def _iceberg(name: str, place: str, snapshot: int | None) -> TableScan:
    from comity.readers.sources.lake_tables.iceberg_table import IcebergLog
    from comity.readers.sources.lake_tables.table_scan import TableScan

    with _named(name):
        return TableScan(shown_url(name), IcebergLog(place, snapshot))


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Name the table in the errors of opening it."""
    try:
        yield
    except (InputError, UsageError) as error:
        raise type(error)(one_line(f"{shown_url(name)}: {error}")) from None
