"""`comity validate`: say everything that is wrong with policies and files of cases, without running them."""

from __future__ import annotations

import json

import click

from comity.cases.run import CaseRunner
from comity.cases.suite import find_policies
from comity.cases.validation import Validated, validate
from comity.cli.main import FAULT
from comity.cli.options.plugin_choice import PolicyCommand, budgets_of, sound_plugins
from comity.cli.options.policy_options import folders_of, policy_path_option
from comity.cli.output.notice import notice
from comity.cli.output.report_output import write_out
from comity.texts.many import many


@click.command("validate", cls=PolicyCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, metavar="[FILE-OR-NAME]...")
@policy_path_option
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_context
def validate_command(
    context: click.Context, files: tuple[str, ...], policy_path: tuple[str, ...], output_format: str
) -> int:
    """Say everything that is wrong with policies and their cases: files, folders, or ids.

    By default these are all in the working folder. Cases are read, not run; `comity test` runs them. With
    --format json, what is wrong is a list of objects with `code`, `path`, `line`, `column` and `message`.

    \b
    Exit status: 0 nothing is wrong, 2 something is.
    """
    runner = CaseRunner(sound_plugins(context), folders_of(policy_path), budgets=budgets_of(context))
    results = list(validate(find_policies(files, runner), runner))
    for result in results:
        for each in result.notices:
            notice(f"{result.path}: {each.to_text()}")
    if output_format == "json":
        found = [problem for result in results for problem in result.to_list()]
        write_out([json.dumps(found, ensure_ascii=False, indent=2) + "\n"])
    else:
        write_out([_text(results)])
    return 0 if all(result.is_valid for result in results) else FAULT


def _text(results: list[Validated]) -> str:
    wrong = [result for result in results if not result.is_valid]
    faults = sum(len(result.to_list()) for result in wrong)
    said = f"{many(len(results), 'file')}, {'nothing is wrong' if not wrong else many(faults, 'fault')}"
    return "\n".join([*(result.to_text() for result in wrong), said]) + "\n"
