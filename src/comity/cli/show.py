"""`comity show`: a policy with all that it extends, and where each key was written."""

from __future__ import annotations

import click

from comity.cli.options import make_engine
from comity.cli.output import write_out
from comity.cli.plugin_choice import PluginCommand, plugins_of
from comity.cli.policy_options import find_policy, policy_path_option
from comity.policy.resolved import dump_resolved


@click.command("show", cls=PluginCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name")
@policy_path_option
@click.pass_context
def show_command(context: click.Context, name: str, policy_path: tuple[str, ...]) -> int:
    """Print a policy as TOML, with all that it extends merged in.

    NAME is a policy's id or its file. A comment behind each key says in which file and line it was written.
    """
    plugins = plugins_of(context)
    path = find_policy(name, policy_path, plugins)
    engine = make_engine((str(path),), policy_path, plugins)
    write_out([dump_resolved(engine.policies[0])])
    return 0
