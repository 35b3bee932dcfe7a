"""Words for the user that are not part of a report."""

from __future__ import annotations

import click


def notice(text: str) -> None:
    """Tell the user something on standard error."""
    click.echo(f"comity: {text}", err=True)
