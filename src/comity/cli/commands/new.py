"""`comity new`: begin something from a template."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from comity.cli.commands.copy import copy_policy
from comity.cli.commands.template import plugin_files, plugin_name
from comity.cli.options.plugin_choice import PluginCommand, plugins_of
from comity.cli.options.policy_options import find_policy, policy_path_option
from comity.cli.output.report_output import write_out
from comity.errors import UsageError, system_reason


@click.group("new", context_settings={"help_option_names": ["-h", "--help"]})
def new_group() -> None:
    """Begin something new from a template."""


@new_group.command("plugin")
@click.argument("name")
@click.option(
    "--into",
    metavar="FOLDER",
    default=".",
    show_default=True,
    help="Where its folder is made.",
)
def new_plugin(name: str, into: str) -> int:
    """Make a complete distribution of a plugin, with a test that passes.

    \b
    Example:
      comity new plugin carrier-pigeons
      pip install -e './comity-carrier-pigeons[test]'
      pytest comity-carrier-pigeons
    """
    plain = plugin_name(name)
    folder = Path(into) / f"comity-{plain}"
    if folder.exists():
        raise UsageError(f"`{folder}` exists already")
    if not Path(into).is_dir():
        raise UsageError(f"--into `{into}` is not a folder")
    made = []
    try:
        for path, text in plugin_files(plain):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
            made.append(target)
    except BaseException as error:
        # An incomplete folder would stop the next try.
        shutil.rmtree(folder, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise UsageError(f"`{error.filename}` cannot be written: {system_reason(error)}") from None
    lines = [f"  {path}\n" for path in made]
    then = f"then: pip install -e '{folder}[test]' && pytest {folder}\n"
    write_out([f"made {folder}:\n", *lines, then])
    return 0


@new_group.command("policy", cls=PluginCommand)
@click.argument("policy_id", metavar="ID")
@click.option("--like", metavar="NAME", required=True, help="The policy to begin from.")
@policy_path_option
@click.option("--into", metavar="FOLDER", default=".", show_default=True, help="Where the files are written.")
@click.pass_context
def new_policy(
    context: click.Context, policy_id: str, like: str, policy_path: tuple[str, ...], into: str
) -> int:
    """Make a policy of your own, with cases, like one that exists: with its sources and dates.

    \b
    Example:
      comity new policy our-calls --like us-telemarketing
      comity test our-calls.toml
    """
    return copy_policy(find_policy(like, policy_path, plugins_of(context)), into, policy_id, "ID")
