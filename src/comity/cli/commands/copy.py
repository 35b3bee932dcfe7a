"""`comity copy`: copy a policy with its cases, as the beginning of another."""

from __future__ import annotations

import re
from pathlib import Path

import click

from comity.cli.options.plugin_choice import PluginCommand, plugins_of
from comity.cli.options.policy_options import find_policy, policy_path_option, read_file
from comity.cli.output.report_output import write_out
from comity.cli.output.whole_file import whole_file
from comity.errors import UsageError
from comity.policy.compose.search import cases_beside
from comity.policy.types import is_policy_id

_ID = re.compile(r'^(\s*id\s*=\s*)(?:"[^"\n]*"|\'[^\'\n]*\')', re.MULTILINE)


@click.command("copy", cls=PluginCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name")
@policy_path_option
@click.option("--into", metavar="FOLDER", default=".", show_default=True, help="Where the files are written.")
@click.option("--as", "new_id", metavar="ID", help="The copy's own id and file name.")
@click.pass_context
def copy_command(
    context: click.Context, name: str, policy_path: tuple[str, ...], into: str, new_id: str | None
) -> int:
    """Copy a policy and its cases to the working folder, to begin a policy from them.

    \b
    Example:
      comity copy interview-follow-up --as our-follow-up
      comity test our-follow-up.toml
    """
    return copy_policy(find_policy(name, policy_path, plugins_of(context)), into, new_id, "--as")


def copy_policy(source: Path, into: str, new_id: str | None, named_by: str) -> int:
    """Copy a policy and its cases word for word, sources and dates with them; only the id is new."""
    if new_id is not None and not is_policy_id(new_id):
        raise UsageError(
            f"{named_by} `{new_id}` is not an id: it has small letters, digits and single hyphens"
        )
    if not Path(into).is_dir():
        raise UsageError(f"--into `{into}` is not a folder")
    target = Path(into) / f"{new_id or source.stem}.toml"
    text = read_file(source)
    if new_id is not None:
        text = _ID.sub(rf'\g<1>"{new_id}"', text, count=1)
    made = {target: text}
    if cases_beside(source).is_file():
        made[cases_beside(target)] = read_file(cases_beside(source))
    for path in made:
        if path.exists():
            remedy = f"give another id with {named_by}, or a folder with --into"
            raise UsageError(f"`{path}` exists already: {remedy}")
    for path, content in made.items():
        with whole_file(path) as file:
            file.write(content)
    lines = [f"  {path}\n" for path in made]
    write_out(["made\n", *lines, f"then: comity test {target}\n"])
    return 0
