"""Any other database that SQLAlchemy has a dialect for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comity.databases.sinks.rows import FINDINGS, RUNS, ColumnKind, finding_rows, run_row
from comity.databases.sinks.sql_sink import check_columns
from comity.errors import InputError, UsageError, error_text
from comity.results.report import Report

_KEY_LENGTH = 200
"""Characters of the name of a run: not all databases take an unlimited text as a key."""


class SqlalchemySink:
    """A database that is written to through SQLAlchemy."""

    def __init__(self, url: str) -> None:
        """Prepare a connection; raises UsageError where there is no dialect or no driver for the URL."""
        from comity.databases.connections.sqlalchemy_engine import sqlalchemy_engine

        self._engine = sqlalchemy_engine(url)

    def replace(self, table: str, run: str, report: Report) -> int:
        """Write the findings of a run; returns how many rows a run of the same name had."""
        import sqlalchemy as sa

        if len(run) > _KEY_LENGTH:
            raise UsageError(f"the name of a run has {_KEY_LENGTH} characters at most, and this {len(run)}")
        try:
            findings = self._table(table, FINDINGS)
            runs = self._table(f"{table}_runs", RUNS, key="run")
            with self._engine.begin() as connection:
                before = connection.execute(sa.delete(findings).where(findings.c.run == run)).rowcount
                connection.execute(sa.delete(runs).where(runs.c.run == run))
                for rows in finding_rows(report, run):
                    if rows:
                        named = [dict(zip(FINDINGS, row, strict=True)) for row in rows]
                        connection.execute(sa.insert(findings), named)
                connection.execute(sa.insert(runs), dict(zip(RUNS, run_row(report, run), strict=True)))
        except sa.exc.SQLAlchemyError as error:
            raise InputError(f"the database refuses it: {error_text(error)}") from None
        return max(int(before), 0)

    def _table(self, name: str, columns: Mapping[str, ColumnKind], key: str = "") -> Any:
        """Return a table, made if there is none; check the columns of one that there is."""
        import sqlalchemy as sa
        from sqlalchemy.dialects import mysql

        kinds: Mapping[str, Any] = {
            "key": sa.String(_KEY_LENGTH),
            # MySQL would keep 64 KB of a text and whole seconds of an instant.
            "text": sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb"),
            "instant": sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            "whole": sa.BigInteger(),
            "flag": sa.Boolean(),
        }
        schema, _, last = name.rpartition(".")
        kinds_of = {**columns, "run": "key"}
        named = [sa.Column(each, kinds[kind], primary_key=each == key) for each, kind in kinds_of.items()]
        made = sa.Table(last, sa.MetaData(), *named, schema=schema or None)
        made.create(self._engine, checkfirst=True)
        found = sa.inspect(self._engine).get_columns(last, schema=schema or None)
        check_columns(name, [each["name"] for each in found], columns)
        return made

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
