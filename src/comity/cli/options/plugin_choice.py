"""Which plugins a run of the command line loads: options say so before any plugin is imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import click

from comity.budgets import (
    DEFAULT_BUDGETS,
    DEFAULT_LOG_BUDGETS,
    LogBudgets,
    PolicyBudgets,
    names_of,
    read_budgets,
)
from comity.cli.output.notice import notice
from comity.cli.output.streams import prints_aside
from comity.errors import PluginError, UsageError
from comity.plugins.choice import NONE, Choice
from comity.plugins.manager import Plugins
from comity.readers import ReaderOption

_CHOICE: Final = "comity.choice"
_PLUGINS: Final = "comity.plugins"
_BUDGETS: Final = "comity.budgets"
_LOG_BUDGETS: Final = "comity.budgets.log"
_REPORTS: Final = "comity.plugins.reports"
OPTION_PREFIX: Final = "reader_"
"""The prefix of readers' own options among the parameters of a command."""

PLUGIN_OPTIONS: Final = (
    click.Option(
        ["--no-plugins"], is_flag=True, expose_value=False, help="Load no plugins of installed distributions."
    ),
    click.Option(
        ["--plugin"],
        multiple=True,
        expose_value=False,
        metavar="NAME",
        help="Load this plugin only, or with no:NAME all but that one. Repeatable.",
    ),
)
BUDGET_OPTION: Final = click.Option(
    ["--budget", "budgets"],
    multiple=True,
    expose_value=False,
    metavar="NAME=NUMBER",
    callback=lambda context, _, texts: note_budgets(context, texts),
    help="Raise a budget of loading policies, or of reading logs (docs/budgets.md lists them). Repeatable.",
)


def note_choice(context: click.Context, arguments: Sequence[str]) -> None:
    """Note the options about plugins, which may stand anywhere among the arguments; raises UsageError."""
    none, names = False, list[str]()
    for place, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--no-plugins":
            none = True
        elif argument == "--plugin":
            names += arguments[place + 1 : place + 2]
        elif argument.startswith("--plugin="):
            names.append(argument.removeprefix("--plugin="))
    if none and names:
        raise UsageError("--plugin and --no-plugins cannot be given together")
    if none or names:
        context.meta[_CHOICE] = NONE if none else Choice.of(names, "--plugin")


def note_budgets(context: click.Context, texts: tuple[str, ...]) -> None:
    """Note the budgets that options set; raises UsageError for a text that does not set one."""
    given: dict[str, str] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if not equals:
            raise UsageError(f"--budget `{text}` is not NAME=NUMBER")
        given[name.strip()] = number.strip()
    of_logs = names_of(LogBudgets) if isinstance(context.command, LogCommand) else []
    context.meta[_BUDGETS] = read_budgets(given, PolicyBudgets, of_logs)
    own = {name: number for name, number in given.items() if name in of_logs}
    context.meta[_LOG_BUDGETS] = read_budgets(own, LogBudgets)


def budgets_of(context: click.Context) -> PolicyBudgets:
    """Return the budgets of this run."""
    found: PolicyBudgets = context.meta.get(_BUDGETS, DEFAULT_BUDGETS)
    return found


def log_budgets_of(context: click.Context) -> LogBudgets:
    """Return the budgets of this run for reading its log."""
    found: LogBudgets = context.meta.get(_LOG_BUDGETS, DEFAULT_LOG_BUDGETS)
    return found


def plugins_of(context: click.Context, *, trace: Callable[[str], None] | None = None) -> Plugins:
    """Return the plugins of this run, and report once which of them cannot be loaded."""
    plugins = _loaded(context, trace)
    for text in context.meta.pop(_REPORTS, ()):
        notice(text)
    return plugins


def sound_plugins(context: click.Context) -> Plugins:
    """Return the plugins of this run; raises PluginError where one cannot be loaded.

    A command that judges does not go on without a plugin, since the plugin could change the verdict.
    """
    plugins = _loaded(context)
    failed = [state for state in plugins.states if state.state == "failed"]
    if failed:
        several = [
            f"the plugin `{s.offered.name}` cannot be loaded: {s.reason} ({s.offered.title})" for s in failed
        ]
        without = " ".join(f"--plugin no:{state.offered.name}" for state in failed)
        raise PluginError("; ".join(several) + f": repair or remove it, or go on without it: {without}")
    return plugins


def _loaded(context: click.Context, trace: Callable[[str], None] | None = None) -> Plugins:
    """Load the plugins when they are first asked for."""
    plugins: Plugins | None = context.meta.get(_PLUGINS)
    if plugins is None:
        reports: list[str] = []
        with prints_aside():
            plugins = Plugins.installed(reports.append, context.meta.get(_CHOICE), trace=trace)
        context.meta[_PLUGINS] = plugins
        context.meta[_REPORTS] = reports
    return plugins


class PluginCommand(click.Command):
    """A command that takes the options about plugins."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Add the options about plugins."""
        *own, last = super().get_params(ctx)
        return [*own, *PLUGIN_OPTIONS, last]

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what plugins print goes to standard error."""
        with prints_aside():
            return super().invoke(ctx)


class PolicyCommand(PluginCommand):
    """A command that loads policies: it also takes their budgets."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Add the option about budgets."""
        *own, last = super().get_params(ctx)
        return [*own, BUDGET_OPTION, last]


class LogCommand(PolicyCommand):
    """A command that reads logs: it also takes the options of readers."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; for an unknown option, report plugins that are not loaded and may have it."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption:
            plugins_of(ctx)
            raise

    def get_help(self, ctx: click.Context) -> str:
        """Return the help; report plugins that are not loaded, whose options are missing in it."""
        plugins_of(ctx)
        return super().get_help(ctx)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Add the options of readers."""
        *own, last = super().get_params(ctx)
        taken = {name for each in own for name in each.opts}
        shared: dict[str, dict[ReaderOption, list[str]]] = {}
        for reader in _loaded(ctx).readers.values():
            for option in reader.options:
                if f"--{option.name}" not in taken:
                    shared.setdefault(option.name, {}).setdefault(option, []).append(reader.name)
        return [*own, *(_shared_option(name, options) for name, options in shared.items()), last]


def _shared_option(name: str, options: dict[ReaderOption, list[str]]) -> click.Option:
    """Return one option for those that several readers call the same, with the help of each reader."""
    several = any(option.multiple for option in options)
    said = [f"{', '.join(readers)}: {option.help}" for option, readers in options.items()]
    return click.Option(
        [OPTION_PREFIX + name.replace("-", "_"), f"--{name}"],
        multiple=several,
        metavar=next(iter(options)).metavar,
        help=" ".join(said) + (" Repeatable." if several else ""),
    )


def reader_options(given: dict[str, object]) -> dict[str, tuple[str, ...]]:
    """Remove the values of readers' own options from the parameters of a command, and return them."""
    found = {}
    for parameter in [name for name in given if name.startswith(OPTION_PREFIX)]:
        value = given.pop(parameter)
        if value:
            name = parameter.removeprefix(OPTION_PREFIX).replace("_", "-")
            found[name] = value if isinstance(value, tuple) else (value,)
    return found
