"""The options of an audit that say where findings are written as rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from comity.cli.options.option_group import grouped
from comity.cli.output.notice import notice
from comity.errors import UsageError
from comity.records import frozen
from comity.results.report import Report

if TYPE_CHECKING:
    from comity.databases.sinks.save import Saved

_OPTIONS = (
    click.option(
        "--save-to",
        metavar="URL",
        help="Also write the findings to a table there: sqlite:///FILE, duckdb:///FILE, postgresql://..., "
        "delta:FOLDER or iceberg://CATALOG/NAMESPACE.",
    ),
    click.option("--save-table", metavar="NAME", help="The table's name. [default: comity_findings]"),
    click.option(
        "--run", metavar="NAME", help="The run's name, such as the date; a run of this name is replaced."
    ),
)


@frozen
class Saving:
    """The values of these options."""

    save_to: str | None
    save_table: str | None
    run: str | None

    def check(self) -> None:
        """Raise UsageError if options do not go together."""
        if self.save_to is None:
            for name, value in (("--save-table", self.save_table), ("--run", self.run)):
                if value is not None:
                    raise UsageError(f"{name} is for findings in a table: say where with --save-to URL")
        elif self.run is None:
            raise UsageError(
                "--save-to needs --run NAME, such as the date: a repeated run replaces that of the same name"
            )

    @contextmanager
    def opened(self) -> Iterator[Callable[[Report], None]]:
        """Open where findings are written; provide what writes those of a report, if they are written."""
        if self.save_to is None:
            yield lambda report: None
            return
        try:
            from comity.databases.sinks.save import TABLE, open_sink, save_to
        except ImportError:
            raise UsageError("--save-to needs pyarrow: pip install 'comity[cli]'") from None
        run, table = self.run or "", self.save_table or TABLE
        with open_sink(self.save_to) as sink:
            yield lambda report: _tell(save_to(sink, report, run=run, table=table))


def _tell(saved: Saved) -> None:
    findings = "1 finding is" if saved.findings == 1 else f"{saved.findings:,} findings are"
    before = f", in place of {saved.replaced:,}" if saved.replaced else ""
    notice(f"{findings} in the table `{saved.table}` as the run `{saved.run}`{before}")


save_options = grouped(_OPTIONS, "saving", Saving)
"""Adds the options to a command, which gets their values as one `saving`."""
