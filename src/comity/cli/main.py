"""The command `comity`: its subcommands, and how faults become exit statuses."""

from __future__ import annotations

import csv
import errno
import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from comity import __version__
from comity.budgets import DEFAULT_LOG_BUDGETS
from comity.cli.output.streams import prints_aside, silence_output
from comity.errors import (
    OUT_OF_MEMORY,
    ComityError,
    EventError,
    InputError,
    PluginError,
    Terminated,
    printable_lines,
    shortened,
    system_reason,
)

if TYPE_CHECKING:
    from comity.plugins.command import Command
    from comity.plugins.manager import Plugins

FAULT, BAD_INPUT, OWN_FAULT, INTERRUPTED, TERMINATED = 2, 3, 70, 130, 143
"""Exit statuses: a fault of policy, arguments or plugin; of the input; of comity; Ctrl-C; SIGTERM."""
NAMES_AT_FAULT = (errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ELOOP)
"""Errors of the names of policies, cases and outputs; readers report the errors of logs themselves."""
TRACEBACK = "COMITY_TRACEBACK"
"""The variable that, where it is not empty, shows the traceback of a fault of comity itself."""
SWITCH_INTERVAL = 5e-5
"""Seconds after which another thread gets its turn: the threads of an audit need it often and briefly."""
COMMANDS: dict[str, tuple[str, str]] = {
    "audit": ("comity.cli.commands.audit", "audit_command"),
    "check": ("comity.cli.commands.check", "check_command"),
    "copy": ("comity.cli.commands.copy", "copy_command"),
    "new": ("comity.cli.commands.new", "new_group"),
    "plugins": ("comity.cli.commands.plugins", "plugins_group"),
    "policies": ("comity.cli.commands.policies", "policies_command"),
    "show": ("comity.cli.commands.show", "show_command"),
    "sql": ("comity.cli.commands.sql", "sql_command"),
    "state": ("comity.cli.commands.state", "state_group"),
    "test": ("comity.cli.commands.test", "test_command"),
    "validate": ("comity.cli.commands.validate", "validate_command"),
}
"""The module and the name of each command; it is imported when the command is run."""


class LazyGroup(click.Group):
    """A group that imports a command when it is run, and plugins when one of their commands is needed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note which plugins may be loaded; these options may stand anywhere on the command line."""
        if any(argument.startswith(("--plugin", "--no-plugins")) for argument in args):
            from comity.cli.options.plugin_choice import note_choice

            note_choice(ctx, args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, also of those of plugins."""
        return sorted({*COMMANDS, *_plugins(ctx).commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            found = _plugins(ctx).commands.get(cmd_name)
            return None if found is None else _of_plugin(found)
        module, name = COMMANDS[cmd_name]
        imported: object = __import__(module, fromlist=[name])
        command: click.Command = getattr(imported, name)
        return command


def _plugins(ctx: click.Context) -> Plugins:
    from comity.cli.options.plugin_choice import plugins_of

    return plugins_of(ctx)


def _of_plugin(found: Command) -> click.Command:
    """Return a plugin's command; one that cannot be loaded says so when it is run, not when it is listed."""
    try:
        with prints_aside():
            command = found.load()
    except PluginError as error:
        return click.Command(found.name, callback=partial(_raise, error), help=str(error))
    command.short_help = found.help
    return command


def _raise(error: Exception) -> None:
    raise error


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="comity")
@click.option("--no-plugins", is_flag=True, expose_value=False, help="Load no plugins.")
@click.option(
    "--plugin",
    multiple=True,
    expose_value=False,
    metavar="NAME",
    help="Load this plugin only, or with no:NAME all but that one. Repeatable.",
)
def cli() -> None:
    """Rules as data for contacts between people.

    \b
    Audit an exported log against a policy:
      comity audit contacts.csv --policy interview-follow-up
    Ask whether a contact may be made now:
      comity check contacts.csv --policy interview-follow-up \\
        --propose person=ann@example.org,kind=follow-up,channel=email
    """


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    csv.field_size_limit(DEFAULT_LOG_BUDGETS.cell)
    sys.setswitchinterval(SWITCH_INTERVAL)
    signal.signal(signal.SIGTERM, terminate)
    try:
        status = guarded(lambda: cli.main(args=arguments, prog_name="comity", standalone_mode=False))
    except Terminated:
        status = TERMINATED
    if status in (INTERRUPTED, TERMINATED) and threading.active_count() > 1:
        # All files are closed, and nobody waits for what other threads are still doing.
        os._exit(status)
    sys.exit(status)


def _usage(error: click.ClickException) -> str:
    """Return the text that click shows for an error."""
    shown = io.StringIO()
    error.show(shown)
    return shown.getvalue().rstrip("\n")


def terminate(*_: object) -> None:
    """End the process, as a signal asks; raises Terminated."""
    raise Terminated(TERMINATED)


def guarded(action: Callable[[], object]) -> int:
    """Run an action; an error becomes a message on standard error and an exit status, which is returned."""
    try:
        status = action()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        click.echo(printable_lines(_usage(error)), err=True)
        return FAULT
    except InputError as error:
        return _complain(str(error), BAD_INPUT)
    except EventError as error:
        return _complain(str(error), BAD_INPUT)
    except ComityError as error:
        return _complain(str(error), FAULT)
    except BrokenPipeError:
        silence_output()
        return 0
    except MemoryError:
        return _complain(OUT_OF_MEMORY, BAD_INPUT)
    except OSError as error:
        reason = system_reason(error)
        status = FAULT if error.errno in NAMES_AT_FAULT else BAD_INPUT
        return _complain(
            f"`{shortened(str(error.filename))}`: {reason}" if error.filename else reason, status
        )
    except Exception as error:
        return _own_fault(error)
    return status if isinstance(status, int) else 0


def _own_fault(error: Exception) -> int:
    """Report a fault of comity itself, and ask the user to pass the report on."""
    import traceback  # A command that works does without.

    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}comity{os.sep}" in frame.filename] or frames
    where = f" at {os.path.basename(ours[-1].filename)}:{ours[-1].lineno}" if ours else ""  # noqa: PTH119
    text = " ".join(f"{type(error).__name__}: {error}".split())
    advice = f"please report this line and the command; {TRACEBACK}=1 shows more"
    message = f"a fault of comity {__version__} itself, so that nothing is known: {text}{where}: {advice}"
    return _complain(message, OWN_FAULT)


def _complain(message: str, status: int) -> int:
    click.echo(f"comity: {printable_lines(message)}", err=True)
    return status
