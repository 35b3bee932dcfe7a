"""`comity policies`: list the policies that can be found by id, and where they are."""

from __future__ import annotations

import json

import click

from comity.cli.options.plugin_choice import PluginCommand, plugins_of
from comity.cli.options.policy_options import folders_of, policy_path_option
from comity.cli.output.report_output import write_out
from comity.errors import printable
from comity.policy.compose.catalogue import Entry, catalogue

_HEAD = ("ID", "VERSION", "INDUSTRY", "FROM", "TITLE")


@click.command("policies", cls=PluginCommand, context_settings={"help_option_names": ["-h", "--help"]})
@policy_path_option
@click.option("--industry", metavar="NAME", help="Only those of this industry.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
@click.pass_context
def policies_command(
    context: click.Context, policy_path: tuple[str, ...], industry: str | None, as_json: bool
) -> int:
    """List the policies that are found by id: those of --policy-path, of plugins, and the shipped ones.

    Where several have one id, the first is found, and the others are marked as hidden. `comity show ID`
    prints a policy, `comity copy ID` copies it to the working folder.
    """
    folders = [(str(folder), folder) for folder in folders_of(policy_path)]
    entries = [
        entry
        for entry in catalogue([*folders, *plugins_of(context).policy_folders])
        if industry is None or entry.industry == industry
    ]
    if as_json:
        listed = {"comity": 1, "policies": [entry.to_dict() for entry in entries]}
        write_out([json.dumps(listed, ensure_ascii=False, indent=2) + "\n"])
    else:
        write_out([describe_policies(entries)])
    return 0


def describe_policies(entries: list[Entry]) -> str:
    """Return a table of policies for people."""
    if not entries:
        return "no policies are found\n"
    rows = [_HEAD, *map(_row, entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "\n".join(padded) + "\n"


def _row(entry: Entry) -> tuple[str, ...]:
    origin = f"{entry.origin} (hidden)" if entry.hidden else entry.origin
    cells = (entry.id, entry.version, entry.industry, origin, entry.title)
    return tuple(map(printable, cells))
