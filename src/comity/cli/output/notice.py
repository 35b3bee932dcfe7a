"""Messages for the user that are not part of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from comity.errors import printable

if TYPE_CHECKING:
    from comity.engine import Engine


def tell_notices(engine: Engine) -> None:
    """Print the notices about policies and plugins that were loaded."""
    for each in engine.notices:
        notice(each.to_text())


def notice(text: str) -> None:
    """Print a message on standard error, in one line without control characters."""
    click.echo(f"comity: {printable(text)}", err=True)
