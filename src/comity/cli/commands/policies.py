"""`comity policies`: list the policies that can be found by id, and where they are."""

from __future__ import annotations

import datetime as dt
import json

import click

from comity.cli.options.plugin_choice import PluginCommand, plugins_of
from comity.cli.options.policy_options import folders_of, policy_path_option
from comity.cli.output.report_output import write_out
from comity.errors import UsageError, printable
from comity.policy.compose.catalogue import Entry, catalogue
from comity.policy.compose.reviews import DueReview, due_reviews, says_when

_HEAD = ("ID", "VERSION", "INDUSTRY", "FROM", "TITLE")
_DUE_HEAD = ("POLICY", "RULE", "CHECKED", "DUE")


@click.command("policies", cls=PluginCommand, context_settings={"help_option_names": ["-h", "--help"]})
@policy_path_option
@click.option("--industry", metavar="NAME", help="Only those of this industry.")
@click.option(
    "--stale",
    is_flag=True,
    help="Only what is to be held against its sources again: past its `review-by`, "
    "or, without one, `checked` a year ago.",
)
@click.option("--as-of", metavar="DATE", help="Today, for --stale.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
@click.pass_context
def policies_command(
    context: click.Context,
    policy_path: tuple[str, ...],
    industry: str | None,
    stale: bool,
    as_of: str | None,
    as_json: bool,
) -> int:
    """List the policies that are found by id: those of --policy-path, of plugins, and the shipped ones.

    Where several have one id, the first is found, and the others are marked as hidden. `comity show ID`
    prints a policy, `comity copy ID` copies it to the working folder.
    """
    if as_of is not None and not stale:
        raise UsageError("--as-of is for --stale")
    today = dt.datetime.now(dt.UTC).date() if as_of is None else _date(as_of)
    folders = [(str(folder), folder) for folder in folders_of(policy_path)]
    entries = [
        entry
        for entry in catalogue([*folders, *plugins_of(context).policy_folders])
        if industry is None or entry.industry == industry
    ]
    if stale:
        _write_stale(entries, today, as_json=as_json)
    elif as_json:
        listed = {"comity": 1, "policies": [entry.to_dict() for entry in entries]}
        write_out([json.dumps(listed, ensure_ascii=False, indent=2) + "\n"])
    else:
        write_out([describe_policies(entries)])
    return 0


def _write_stale(entries: list[Entry], today: dt.date, *, as_json: bool) -> None:
    due = [each for entry in entries for each in due_reviews(entry.id, entry.path, today)]
    silent = [entry for entry in entries if not says_when(entry.path)]
    if as_json:
        listed = {
            "comity": 1,
            "as_of": today.isoformat(),
            "due": [each.to_dict() for each in due],
            "never_checked": [entry.id for entry in silent],
        }
        write_out([json.dumps(listed, ensure_ascii=False, indent=2) + "\n"])
    else:
        write_out([describe_stale(due, [entry.id for entry in silent], today)])


def describe_stale(due: list[DueReview], silent: list[str], today: dt.date) -> str:
    """Return for people which policies and rules are due, and which policies say nothing of it."""
    rows = [
        (printable(each.policy), printable(each.rule or ""), str(each.checked or ""), str(each.due))
        for each in due
    ]
    told = _table([_DUE_HEAD, *rows]) if rows else f"nothing is due on {today}\n"
    if silent:
        told += f"{len(silent)} without `checked` or `review-by`: {', '.join(map(printable, silent))}\n"
    return told


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of `{text}` is not a date like 2027-01-31") from None


def describe_policies(entries: list[Entry]) -> str:
    """Return a table of policies for people."""
    if not entries:
        return "no policies are found\n"
    return _table([_HEAD, *map(_row, entries)])


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "\n".join(padded) + "\n"


def _row(entry: Entry) -> tuple[str, ...]:
    origin = f"{entry.origin} (hidden)" if entry.hidden else entry.origin
    cells = (entry.id, entry.version, entry.industry, origin, entry.title)
    return tuple(map(printable, cells))
