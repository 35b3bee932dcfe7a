"""`comity state`: what the folder of an audit with a state holds, and changes of it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from comity.cli.options.log_options import make_engine
from comity.cli.options.plugin_choice import PolicyCommand
from comity.cli.options.policy_options import policy_path_option
from comity.cli.output.notice import notice
from comity.cli.output.report_output import write_out
from comity.clock.instants import format_elapsed, format_if_any
from comity.errors import printable
from comity.incremental.audit_state import AuditState
from comity.incremental.kept_for import KeptFor
from comity.incremental.store.manifest import Manifest
from comity.texts.many import many

_RUNS = 10
"""How many of the last runs are shown to people."""


@click.group("state", context_settings={"help_option_names": ["-h", "--help"]})
def state_group() -> None:
    """Show or change the state of an audit that goes on from run to run (`comity audit --state DIR`)."""


@state_group.command("show")
@click.argument("folder", metavar="DIR")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def show_state_command(folder: str, output_format: str) -> int:
    """Say which runs there were, what is kept, how large it is, for how long it is kept and why."""
    state = AuditState(folder)
    manifest, kept = state.manifest(), state.kept()
    size = sum((Path(folder) / name).stat().st_size for name in sorted(manifest.files()))
    if output_format == "json":
        write_out([json.dumps(_as_json(manifest, kept, size), ensure_ascii=False, indent=2) + "\n"])
    else:
        write_out([f"{printable(line)}\n" for line in _lines(manifest, kept, size)])
    return 0


@state_group.command("accept", cls=PolicyCommand)
@click.argument("folder", metavar="DIR")
@click.option(
    "--policy", "policies", multiple=True, required=True, metavar="NAME-OR-FILE", help="Repeatable."
)
@policy_path_option
@click.pass_context
def accept_state_command(
    context: click.Context, folder: str, policies: tuple[str, ...], policy_path: tuple[str, ...]
) -> int:
    """Go on with the versions of comity, plugins and time zones that are installed now.

    Findings of earlier runs stand as they were reported. Other rules are not accepted: begin the state anew
    with the whole log (comity audit LOG --state DIR --rebuild).
    """
    AuditState(folder).accept(make_engine(policies, policy_path, context))
    notice(f"the state `{folder}` goes on with the versions of now")
    return 0


@state_group.command("forget")
@click.argument("folder", metavar="DIR")
@click.option("--person", required=True, metavar="PERSON", help="The person as findings name them.")
def forget_state_command(folder: str, person: str) -> int:
    """Remove all that is kept of a person.

    Findings of earlier runs are not withdrawn. Later events of the person are judged as the first ones.
    """
    found = AuditState(folder).forget(person)
    notice(f"{many(found, 'event')} of `{printable(person)}` removed from the state `{folder}`")
    return 0


def _as_json(manifest: Manifest, kept: list[KeptFor], size: int) -> dict[str, object]:
    now = manifest.now
    return {
        "comity": 1,
        "policies": list(manifest.policies),
        "rules": sorted(manifest.rules),
        "versions": manifest.versions,
        "allowed_lateness_seconds": manifest.allowed_lateness / 1_000_000,
        "settled": format_if_any(manifest.settled),
        "as_of": format_if_any(now.as_of),
        "events": now.position,
        "kept_events": sum(segment.rows for segment in now.segments),
        "bytes": size,
        "kept": [
            {
                "how_long": each.how_long,
                "rules": list(each.rules),
                "events": each.events,
                "oldest": format_if_any(each.oldest),
            }
            for each in kept
        ],
        "runs": [
            {
                "run": run.number,
                "events": run.events,
                "left_out": run.left_out,
                "first": format_if_any(run.first),
                "last": format_if_any(run.last),
                "as_of": format_if_any(run.as_of),
                "found": run.found,
                "withdrawn": run.withdrawn,
                "files": list(run.files),
            }
            for run in now.runs
        ],
    }


def _lines(manifest: Manifest, kept: list[KeptFor], size: int) -> list[str]:
    now, late = manifest.now, manifest.allowed_lateness
    rows = sum(segment.rows for segment in now.segments)
    lines = [
        f"policies: {', '.join(manifest.policies)} ({many(len(manifest.rules), 'rule')})",
        f"made with: {', '.join(f'{name} {version}' for name, version in manifest.versions.items())}",
        f"events may be late by: {format_elapsed(late) if late else 'nothing'}; settled before "
        f"{format_if_any(manifest.settled) or 'the first event'}; as of {format_if_any(now.as_of) or 'none'}",
        f"read so far: {many(now.position, 'event')} in {many(len(now.runs), 'run')}",
        f"kept: {many(rows, 'event')}, {many(size, 'byte')}; only the owner may read the files",
    ]
    for each in kept:
        oldest = "" if each.oldest is None else f", the oldest from {format_if_any(each.oldest)}"
        lines.append(f"  {each.how_long}: {many(each.events, 'event')}{oldest}, for {', '.join(each.rules)}")
    lines.append("runs:" if len(now.runs) <= _RUNS else f"the last {_RUNS} runs:")
    for run in now.runs[-_RUNS:]:
        span = "" if run.first is None else f" from {format_if_any(run.first)} to {format_if_any(run.last)}"
        lines.append(
            f"  {run.number}: {many(run.events, 'event')}{span}; {run.found:,} new, {run.withdrawn:,} gone"
        )
    return lines
