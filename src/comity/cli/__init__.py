"""The command line; it needs the extra `comity[cli]`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command `comity`."""
    try:
        import click  # noqa: F401
    except ImportError:
        sys.stderr.write("comity: the command line needs more packages: pip install 'comity[cli]'\n")
        raise SystemExit(2) from None
    from comity.cli.main import run

    run()
