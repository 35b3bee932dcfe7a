"""Commands of the command line that plugins bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import click


@attrs.frozen
class Command:
    """A subcommand: its name, a line of help, and what gives the click command when it is run."""

    name: str
    help: str
    load: Callable[[], click.Command]
