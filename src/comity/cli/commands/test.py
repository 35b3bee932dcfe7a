"""`comity test`: run the cases of policies, and report how much of the rules they show."""

from __future__ import annotations

import shutil

import click

from comity.cases.json_report import write_json
from comity.cases.junit_report import write_junit
from comity.cases.run import CaseRunner
from comity.cases.suite import SuiteResult, files_read, find_policies, run_suite
from comity.cases.text_report import write_text
from comity.cli.main import FAULT
from comity.cli.options.plugin_choice import PolicyCommand, budgets_of, sound_plugins
from comity.cli.options.policy_options import folders_of, policy_path_option
from comity.cli.output.notice import notice
from comity.cli.output.overwriting import refuse_overwriting
from comity.cli.output.report_output import report_output
from comity.cli.output.streams import is_terminal
from comity.errors import UsageError
from comity.formatters import Style


@click.command("test", cls=PolicyCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, metavar="[PATH-OR-NAME]...")
@policy_path_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
)
@click.option("--output", metavar="FILE", help="Write the report there.")
@click.option(
    "--min-coverage",
    type=float,
    metavar="PERCENT",
    help="The least coverage that makes the exit status 0.",
)
@click.pass_context
def test_command(
    context: click.Context,
    paths: tuple[str, ...],
    policy_path: tuple[str, ...],
    output_format: str,
    output: str | None,
    min_coverage: float | None,
) -> int:
    """Run the cases of policies: folders, files, or ids; by default all in the working folder.

    Coverage says how much the cases show of every rule that a policy defines or changes (also by a selector,
    a calendar or an attribute of its own that the rule uses). A case should show the rule kept, broken,
    exempted, outside its dates, with a response still pending, and at each of its limits: where a limit is
    moved by the smallest step, some case must fail.

    \b
    Examples:
      comity test
      comity test my-rules.toml --min-coverage 100
      comity test policies --format junit --output results.xml

    \b
    Exit status: 0 all cases pass, 1 a case fails or the coverage is too low,
    2 a file cannot be loaded.
    """
    if min_coverage is not None and not 0 <= min_coverage <= 100:
        raise UsageError(f"--min-coverage `{min_coverage:g}` is not a percentage: write 0 to 100")
    runner = CaseRunner(sound_plugins(context), folders_of(policy_path), budgets=budgets_of(context))
    found = find_policies(paths, runner)
    if output is not None:
        refuse_overwriting({"--output": output}, files_read(found, runner))
    with report_output(output, coloured=output_format == "text") as write:
        suite = run_suite(found, runner)
        if output_format == "json":
            write([write_json(suite)])
        elif output_format == "junit":
            write([write_junit(suite)])
        else:
            colour = output is None and is_terminal()
            write(write_text(suite, Style(colour, shutil.get_terminal_size().columns if colour else 100)))
    return exit_status(suite, min_coverage)


def exit_status(suite: SuiteResult, min_coverage: float | None) -> int:
    """Return the exit status for the results, and report where the coverage is too low."""
    if suite.faults:
        return FAULT
    if min_coverage is not None and suite.coverage is None:
        notice("no rule has anything to cover, so the coverage is not reached: see --help for what counts")
        return 1
    if min_coverage is not None and suite.coverage is not None and suite.coverage < min_coverage:
        notice(f"the coverage is {int(suite.coverage * 10) / 10:g}%, less than {min_coverage:g}%")
        return 1
    return int(suite.failed > 0)
