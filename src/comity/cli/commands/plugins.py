"""`comity plugins`: list the installed plugins, whether they were loaded, and why not."""

from __future__ import annotations

import json

import click

from comity.cli.options.plugin_choice import PluginCommand, plugins_of
from comity.cli.output.notice import notice
from comity.cli.output.report_output import write_out
from comity.errors import printable
from comity.plugins.hooks import API, SERVED
from comity.plugins.loading import PluginState

_HEAD = ("NAME", "VERSION", "API", "STATE", "LOADED IN", "HOOKS")


@click.group(
    "plugins",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
@click.option("--no-plugins", is_flag=True, expose_value=False, help="Load none.")
@click.option("--plugin", multiple=True, expose_value=False, metavar="NAME", help="Load this one only.")
@click.pass_context
def plugins_group(context: click.Context, as_json: bool) -> int:
    """List the installed plugins: version, API, hooks, state with its reason, and the time to load.

    Plugins are distributions with an entry point in the group `comity`. They are loaded one by one; one that
    fails does not affect the others. --plugin NAME, --no-plugins and the variable COMITY_PLUGINS (names with
    commas between them, no:NAME to block one) say which plugins are imported at all.
    """
    if context.invoked_subcommand is not None:
        return 0
    states = plugins_of(context).states
    if as_json:
        listed = {"comity": 1, "api": API, "served": sorted(SERVED), "plugins": [s.to_dict() for s in states]}
        write_out([json.dumps(listed, ensure_ascii=False, indent=2) + "\n"])
    else:
        write_out([describe_plugins(states)])
    return 0


@plugins_group.command("trace", cls=PluginCommand)
@click.pass_context
def trace_command(context: click.Context) -> int:
    """Load the plugins and print each call of a hook: what it gave and how long it took.

    The variable COMITY_TRACE does the same for any command, on standard error.
    """
    lines: list[str] = []
    plugins_of(context, trace=lines.append)
    write_out([f"{printable(line)}\n" for line in lines])
    if not lines:
        notice("no plugin is loaded")
    return 0


def describe_plugins(states: tuple[PluginState, ...]) -> str:
    """Return a table of plugins and their states for people."""
    if not states:
        return "no plugins are installed\n"
    rows = [_HEAD, *map(_row, states)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = []
    for row, state in zip(rows, (None, *states), strict=True):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if state is not None and state.reason:
            lines.append(f"    {printable(state.reason)}")
            if state.state == "failed" and state.offered.tracker:
                lines.append(f"    issues: {printable(state.offered.tracker)}")
    return "\n".join(lines) + "\n"


def _row(state: PluginState) -> tuple[str, ...]:
    seconds = "" if state.seconds is None else f"{state.seconds * 1000:.0f} ms"
    api = "" if state.api is None else str(state.api)
    hooks = ", ".join(hook.removeprefix("comity_").replace("_", "-") for hook in state.hooks)
    offered = state.offered
    return printable(offered.name), printable(offered.version), api, state.state, seconds, hooks
