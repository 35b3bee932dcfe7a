"""`comity sql`: print policies as SQL, for a database that runs them itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from comity import __version__
from comity.cli.options.log_options import make_engine, make_mapping
from comity.cli.options.plugin_choice import PolicyCommand, sound_plugins
from comity.cli.options.policy_options import policy_path_option
from comity.cli.output.notice import notice
from comity.cli.output.report_output import report_output
from comity.errors import UsageError
from comity.sql.dialects.registry import DIALECTS, find_dialect
from comity.sql.view.dbt import model_name, model_of, tests_of
from comity.sql.view.view import STRETCHES


@click.command("sql", cls=PolicyCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("policies", nargs=-1, required=True, metavar="POLICY...")
@policy_path_option
@click.option("--dialect", "name", required=True, metavar="D", help=f"One of {', '.join(DIALECTS)}.")
@click.option("--table", default="contacts", show_default=True, metavar="T", help="The table of events.")
@click.option(
    "--order-by",
    default="id",
    show_default=True,
    metavar="COLUMN",
    help="The column that orders events of one instant; its values are all different.",
)
@click.option("--mapping", metavar="NAME-OR-FILE", help="A mapping: which column is which field.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Take a field from a column.")
@click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE", help="Give a field one value.")
@click.option("--dbt", is_flag=True, help="Print a dbt model, and its tests.")
@click.option("--leave-out", is_flag=True, help="Leave out rules that have no SQL, and say which.")
@click.option("--output", metavar="FILE", help="Write there; the tests of dbt are in FILE.yml then.")
@click.option("--stretches", metavar="FILE", help="Write the table of stretches there, as CSV.")
@click.option("--from", "first", metavar="DATE", help="The first day of the table of stretches.")
@click.option("--through", "last", metavar="DATE", help="The last day of the table of stretches.")
@click.option("--zone", "zones", multiple=True, metavar="ZONE", help="A zone that events have. Repeatable.")
@click.pass_context
def sql_command(
    context: click.Context,
    policies: tuple[str, ...],
    policy_path: tuple[str, ...],
    name: str,
    table: str,
    order_by: str,
    mapping: str | None,
    maps: tuple[str, ...],
    sets: tuple[str, ...],
    dbt: bool,
    leave_out: bool,
    output: str | None,
    stretches: str | None,
    first: str | None,
    last: str | None,
    zones: tuple[str, ...],
) -> int:
    """Print policies as SQL: a view of what breaks their rules.

    The columns of the table have the names of fields, or a mapping says which ones they are. `at` is a
    timestamp with a time zone. The view joins the table `comity_stretches`, which --stretches writes for the
    days and zones that events have.

    \b
    Examples:
      comity sql my-rules.toml --dialect snowflake --table crm.contacts
      comity sql my-rules.toml --dialect bigquery --dbt --output models/contacts.sql \\
        --stretches seeds/comity_stretches.csv --from 2024-01-01 --through 2026-12-31 --zone America/Denver

    \b
    Exit status: 0 printed, 2 a rule has no SQL, or the arguments are at fault.
    """
    from comity.databases.printed import print_sql, stretches_csv

    dialect = find_dialect(name)
    days = _days(stretches, first, last, zones)
    plugins = sound_plugins(context)
    engine = make_engine(policies, policy_path, context)
    chosen = make_mapping(mapping, maps, sets, plugins)
    printed = print_sql(
        engine,
        dialect,
        table=table,
        order_by=order_by,
        mapping=chosen,
        stretches=STRETCHES,
        leave_out=leave_out,
    )
    for refusal in printed.left_out:
        notice(f"left out: {refusal}")
    names = tuple(policy.id for policy in engine.policies)
    statement = printed.view.statement
    tests = tests_of(names, __version__)
    text = (
        model_of(statement, STRETCHES)
        if dbt
        else f"{dialect.create_view.format(model_name(names))}\n{statement};\n"
    )
    if dbt and output is None:
        text += "{#\n" + tests + "#}\n"
    with report_output(output) as write:
        write([text])
    if dbt and output is not None:
        with report_output(str(Path(output).with_suffix(".yml"))) as write:
            write([tests])
    if stretches is not None:
        with report_output(stretches) as write:
            write([stretches_csv(printed.view.compiled.clocks, zones, *days)])
    return 0


def _days(
    stretches: str | None, first: str | None, last: str | None, zones: tuple[str, ...]
) -> tuple[dt.date, dt.date]:
    """Return the days of the table of stretches; raises UsageError where they are not known."""
    if stretches is None:
        if first or last or zones:
            raise UsageError(
                "--from, --through and --zone are for the table of stretches: give --stretches FILE"
            )
        return dt.date.min, dt.date.min
    if first is None or last is None:
        raise UsageError("--stretches needs the days of the events: give --from DATE and --through DATE")
    days = _date("--from", first), _date("--through", last)
    if days[1] < days[0]:
        raise UsageError(f"--through {last} is before --from {first}")
    return days


def _date(option: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} `{text}` is not a date: write one such as `2025-03-01`") from None
