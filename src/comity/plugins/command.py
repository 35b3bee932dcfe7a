"""Commands of the command line that plugins add."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from comity.records import frozen

if TYPE_CHECKING:
    import click


@frozen
class Command:
    """A subcommand: its name, a line of help, and a function that returns the click command to run."""

    name: str
    help: str
    load: Callable[[], click.Command]
