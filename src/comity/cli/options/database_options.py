"""The options of an audit that say which database has the log, in place of files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs
import click

from comity.audits.backends import BackEnd
from comity.cli.options.log_options import LogSource, make_mapping
from comity.cli.options.option_group import grouped
from comity.cli.output.notice import notice
from comity.cli.output.rejects import Rejects
from comity.engine import Engine
from comity.errors import UsageError
from comity.readers.row_counts import RowCounts
from comity.records import frozen
from comity.results.report import Rejection, Report

_OPTIONS = (
    click.option(
        "--database",
        metavar="URL",
        help="Audit a table there, in place of a LOG: duckdb:///FILE, sqlite:///FILE or postgresql://...",
    ),
    click.option("--table", metavar="NAME", help="The table of the database that is the log."),
    click.option("--query", metavar="SQL", help="A query of the database whose rows are the log."),
    click.option(
        "--order-by",
        metavar="COLUMN",
        help="The column that orders the rows; its values are all different.",
    ),
)


@frozen
class RejectedRows:
    """What is told of rejected rows."""

    tally: RowCounts
    rejections: Sequence[Rejection]


@frozen
class DatabaseLog:
    """The values of these options."""

    database: str | None
    table: str | None
    query: str | None
    order_by: str | None

    def check(self, source: LogSource, **others: object) -> None:
        """Raise UsageError if options do not go together; `others` are the values of options for files."""
        given = [f"--{name.replace('_', '-')}" for name, value in attrs.asdict(self).items() if value]
        if self.database is None:
            if given:
                raise UsageError(f"{given[0]} is for a database: say which one with --database URL")
            if not source.logs:
                context = click.get_current_context()
                missing = next(each for each in context.command.params if each.name == "logs")
                raise click.MissingParameter(ctx=context, param=missing)
            return
        others = {
            "LOG": source.logs,
            "--input-format": source.input_format,
            "--dedupe": source.dedupe,
            **others,
        }
        for name, value in others.items():
            if value:
                raise UsageError(f"{name} is for files, and --database is given: leave one of them out")

    def audit(
        self,
        engine: Engine,
        source: LogSource,
        rejected: Rejects,
        instants: Sequence[int | None],
        back_end: BackEnd | Literal["sql"],
    ) -> Report:
        """Audit the log of the database; the instants are `as_of`, `since` and `until`."""
        from comity.databases import audit_database, open_database

        assert self.database is not None, "INVARIANT: `check` comes first"
        connection = open_database(self.database)
        try:
            report = audit_database(
                engine,
                connection,
                table=self.table,
                query=self.query,
                order_by=self.order_by,
                mapping=make_mapping(source.mapping, source.maps, source.sets, engine.plugins),
                timezone=source.timezone,
                on_reject=rejected.take if rejected.takes_all else None,
                notice=notice,
                as_of=instants[0],
                since=instants[1],
                until=instants[2],
                way=back_end,
            )
        finally:
            connection.close()
        counts = RowCounts(rows_rejected=report.summary.rows_rejected)
        rejected.log = RejectedRows(counts, report.rejections)
        return report


database_options = grouped(_OPTIONS, "database", DatabaseLog)
"""Adds the options to a command, which gets their values as one `database`."""
