"""Words for the user that are not part of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from comity.errors import printable

if TYPE_CHECKING:
    from comity.engine import Engine


def tell_notices(engine: Engine) -> None:
    """Tell what was noticed when policies and plugins were loaded."""
    for each in engine.notices:
        notice(each.to_text())


def notice(text: str) -> None:
    """Tell the user something on standard error, in one line that steers no terminal."""
    click.echo(f"comity: {printable(text)}", err=True)
