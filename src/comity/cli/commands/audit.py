"""`comity audit`: judge every event of a log."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from functools import partial
from typing import TYPE_CHECKING, Literal

import click

from comity.audits.backends import BackEnd
from comity.cli.main import BAD_INPUT
from comity.cli.options.columns import chosen_columns
from comity.cli.options.database_options import DatabaseLog, database_options
from comity.cli.options.log_options import LogSource, choose, log_options, option_instant
from comity.cli.options.plugin_choice import LogCommand
from comity.cli.options.save_options import Saving, save_options
from comity.cli.options.state_options import StateChoice, state_options
from comity.cli.output.notice import notice
from comity.cli.output.progress import Progress
from comity.cli.output.rejects import rejects_to
from comity.cli.output.report_output import report_output
from comity.cli.output.streams import is_terminal
from comity.errors import UsageError
from comity.formatters.formatter import Style
from comity.formatters.notices import NOTHING, notice_lines
from comity.results.findings import BATCH, SEVERITIES
from comity.results.report import Report
from comity.results.state_report import StateReport
from comity.texts.many import many

if TYPE_CHECKING:
    from comity.incremental import AuditState

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*((?:[kmgt]i?)?b?|[kmgt])", re.IGNORECASE)
_LEAST = 64 << 20
_MACHINE = frozenset({"json", "jsonl", "csv", "parquet"})
"""Formats without colours: a colour in one of them can only come from the log."""


@click.command("audit", cls=LogCommand, context_settings={"help_option_names": ["-h", "--help"]})
@partial(log_options, required=False)
@database_options
@save_options
@state_options
@click.option(
    "--format",
    "output_format",
    default="text",
    metavar="NAME",
    help="text, json, jsonl, csv, parquet, or that of a plugin.",
)
@click.option(
    "--columns",
    metavar="NAMES",
    help="Write these keys of findings alone, such as rule,person,at; for json, jsonl, csv and parquet.",
)
@click.option("--output", metavar="FILE", help="Write the report there; it appears whole or not at all.")
@click.option(
    "--as-of", metavar="INSTANT", help="Now, for open responses; by default the log's latest event."
)
@click.option("--since", metavar="INSTANT", help="Judge events from this instant on.")
@click.option("--until", metavar="INSTANT", help="Judge events before this instant.")
@click.option(
    "--engine",
    "back_end",
    type=click.Choice(["auto", "columnar", "online", "sql"]),
    default="auto",
    show_default=True,
    help="Judge the whole log by columns, one event after another, or in its database by SQL; "
    "the findings are the same.",
)
@click.option(
    "--memory",
    metavar="SIZE",
    help="About how much memory to use, such as 1GiB; the rest goes to temporary files. [default: half]",
)
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    default="error",
    show_default=True,
    help="The least severity of a violation that makes the exit status 1.",
)
@click.option(
    "--allow-nothing", is_flag=True, help="Accept that the log has no events, or none that a rule judges."
)
def audit_command(
    source: LogSource,
    database: DatabaseLog,
    saving: Saving,
    going_on: StateChoice,
    output_format: str,
    columns: str | None,
    output: str | None,
    as_of: str | None,
    since: str | None,
    until: str | None,
    back_end: BackEnd | Literal["sql"],
    memory: str | None,
    fail_on: str,
    allow_nothing: bool,
) -> int:
    """Audit a contact log against policies.

    LOG is a CSV, TSV, JSON Lines, JSON or Parquet file, compressed with gzip or zstd or not, or - for
    standard input. Columns named like fields (person, at, kind, channel, ...) need no mapping.

    \b
    Examples:
      comity audit contacts.csv --policy interview-follow-up
      comity audit calls.csv.gz --policy my-rules.toml --timezone Europe/Paris \\
        --map person=callee --map at=started --set channel=phone
      comity audit export.jsonl --policy my-rules.toml --mapping crm.toml \\
        --format csv --output findings.csv --fail-on warning
      comity audit --database duckdb:///crm.duckdb --table contacts --policy my-rules.toml
      comity audit today.csv --policy my-rules.toml --state audit-state --output new.csv --format csv

    \b
    Exit status: 0 nothing found, 1 violations, 2 the policy or the arguments
    are at fault, 3 the input is (also where rows are rejected without --rejects,
    and where no rule judges anything of the log, without --allow-nothing).
    """
    database.check(source, **{"--memory": memory})
    saving.check()
    going_on.check(
        **{
            "--since": since,
            "--until": until,
            "--database": database.database,
            "--save-to": saving.save_to,
            "--engine": back_end != "auto",
        }
    )
    lateness = going_on.lateness()
    engine = source.engine()
    formatter = choose(
        "--format", output_format, dict(engine.plugins.formatters), engine.plugins, "formatter"
    )
    chosen = chosen_columns(columns, formatter, engine.plugins)
    instants = [
        option_instant(name, text, source.timezone)
        for name, text in (("--as-of", as_of), ("--since", since), ("--until", until))
    ]
    if formatter.binary and output is None and is_terminal():
        raise UsageError(f"--format {output_format} is not text: give --output FILE")
    size = None if memory is None else parse_size(memory)
    outputs = {"--output": output, "--rejects": source.rejects}
    source.refuse_overwriting(engine, outputs)
    going_on.refuse_outputs(outputs)
    progress = Progress()
    coloured = formatter.name not in _MACHINE
    with (
        report_output(output, coloured=coloured) as write,
        rejects_to(source.rejects) as rejected,
        saving.opened() as save,
    ):
        report: Report
        if database.database is not None:
            report = database.audit(engine, source, rejected, instants, back_end)
        elif back_end == "sql":
            raise UsageError("--engine sql is for logs in databases: say which one with --database URL")
        else:
            log = source.log(engine, rejected, progress)
            with progress:
                if going_on.state is not None:
                    report = _run_of(going_on.state, lateness).run(
                        engine,
                        log,
                        as_of=instants[0],
                        rebuild=going_on.rebuild,
                        memory=size,
                        progress=progress.rows,
                    )
                else:
                    report = engine.audit(
                        log,
                        as_of=instants[0],
                        since=instants[1],
                        until=instants[2],
                        engine=back_end,
                        memory=size,
                        notice=notice,
                        progress=progress.rows,
                    )
        save(report)
        colour = output is None and is_terminal()
        style = Style(colour, shutil.get_terminal_size().columns if colour else 100, chosen)
        pieces = formatter.write(report, style)
        if output is not None:
            pieces = progress.writing(pieces, BATCH, len(report.findings))
        write(pieces)
    rejected.report()
    if not formatter.notices:
        for line in notice_lines(report.notices):
            notice(line)
    elif output is not None:
        for line in notice_lines(each for each in report.notices if each.code in NOTHING):
            notice(line)
    if isinstance(report, StateReport) and report.withdrawn and output_format not in {*_MACHINE, "text"}:
        gone = many(len(report.withdrawn), "finding")
        notice(f"{gone} of earlier runs withdrawn, which --format {output_format} does not write")
    lost = rejected.count > 0 and source.rejects is None
    return exit_status(report, fail_on, lost=lost, allow_nothing=allow_nothing)


def _run_of(folder: str, lateness: dt.timedelta | None) -> AuditState:
    from comity.incremental import AuditState

    return AuditState(folder, allowed_lateness=lateness)


def parse_size(text: str) -> int:
    """Return the bytes of a size such as `512MiB`, `1.5 GB` or `800000000`; raises UsageError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--memory `{text}` is not a size: write one such as `512MiB`, `1GiB` or `2GB`")
    unit = found[2].lower()
    base = 1024 if unit.endswith("ib") or len(unit) == 1 else 1000
    size = int(float(found[1]) * base ** " kmgt".index(unit[:1] or " ") if unit != "b" else float(found[1]))
    if size < _LEAST:
        raise UsageError(f"--memory `{text}` is too little: at least 64MiB are needed")
    return size


def exit_status(report: Report, fail_on: str, *, lost: bool, allow_nothing: bool) -> int:
    """Return the exit status for a report; `lost` says that rejected rows were not written to a file."""
    if lost or any(status == "indeterminate" for _, status in report.findings.counts()):
        return BAD_INPUT
    if not report.judged and not allow_nothing:
        return BAD_INPUT
    worst = report.worst()
    if fail_on == "never" or worst is None:
        return 0
    order = list(SEVERITIES)
    return int(order.index(worst) <= order.index(fail_on))  # type: ignore[arg-type]
