"""Columns that the database can read as comity does: instants with a zone, and persons in plain letters."""

from __future__ import annotations

from typing import Final

from comity.databases.connections.connection import quoted_column
from comity.databases.log_table import COPY, LogTable
from comity.readers.mapping.mapping import FieldRule

_INSTANTS: Final = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")


def direct_columns(log: LogTable) -> dict[str, str]:
    """Return the expressions of what needs no table of values, by name; null makes a row no event."""
    found = {}
    at = log.column("at")
    if at is not None and at.type in _INSTANTS and _is_plain(log, "at") and log.connection.dialect.instant:
        found["at"] = log.connection.dialect.instant.format(f"{COPY}.{quoted_column(at.name)}")
        found["date_only"] = "0"
    person = log.column("person")
    if person is not None and _is_plain(log, "person") and _are_plain_texts(log, person.name):
        found["per_person"] = f"{COPY}.{quoted_column(person.name)}"
    return found


def _is_plain(log: LogTable, field: str) -> bool:
    """Return whether a mapping takes a field as it is."""
    rule = log.mapping.fields.get(field)
    return rule is None or rule == FieldRule(column=rule.column)


def _are_plain_texts(log: LogTable, name: str) -> bool:
    """Return whether all texts of a column are as comity would write them: of ASCII, and trimmed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = log.connection.arrow(f"SELECT DISTINCT {quoted_column(name)} FROM {COPY}")[name].drop_null()
    if not pa.types.is_string(texts.type) or not len(texts):
        return False
    plain = pc.and_(pc.string_is_ascii(texts), pc.equal(texts, pc.utf8_trim_whitespace(texts)))
    return bool(pc.all(plain).as_py()) and not pc.any(pc.equal(texts, "")).as_py()
