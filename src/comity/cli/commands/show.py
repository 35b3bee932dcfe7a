"""`comity show`: print a policy with all that it extends, and where each key is written."""

from __future__ import annotations

import click

from comity.cases.load import load_cases
from comity.cases.page import write_page
from comity.cases.remarks import remarks_of
from comity.cli.options.log_options import make_engine
from comity.cli.options.plugin_choice import PolicyCommand, plugins_of
from comity.cli.options.policy_options import find_policy, policy_path_option, read_file
from comity.cli.output.notice import tell_notices
from comity.cli.output.report_output import write_out
from comity.policy.compose.resolved import dump_resolved
from comity.policy.compose.search import cases_beside


@click.command("show", cls=PolicyCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name")
@policy_path_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["toml", "markdown"]),
    default="toml",
    show_default=True,
    help="The policy itself, or a page about it for people.",
)
@click.pass_context
def show_command(context: click.Context, name: str, policy_path: tuple[str, ...], output_format: str) -> int:
    """Print a policy as TOML, with all that it extends merged in.

    NAME is a policy's id or its file. A comment after each key says in which file and line it is written.
    Comments above a rule say which parts of this file change it, and in which zone it is read.
    With --format markdown it is a page: the rules in words, their sources, and the cases as a table.
    """
    plugins = plugins_of(context)
    path = find_policy(name, policy_path, plugins)
    engine = make_engine((str(path),), policy_path, context)
    tell_notices(engine)
    if output_format == "markdown":
        beside = cases_beside(path)
        cases = load_cases(beside) if beside.is_file() else None
        write_out([write_page(engine, read_file(path), cases)])
    else:
        write_out([dump_resolved(engine.policies[0], remarks_of(engine))])
    return 0
