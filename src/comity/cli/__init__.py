"""The command line; it needs the extra `comity[cli]`."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

GARBAGE_THRESHOLD = 250_000
"""Objects between two collections of garbage: what is imported stays, and an audit has no cycles.

A short command makes fewer objects; Python's own 700 take 45 of its 650 milliseconds.
"""


def main() -> None:
    """Run the command `comity`."""
    gc.set_threshold(GARBAGE_THRESHOLD, 50, 100)
    # numpy would start threads for linear algebra, which nothing here needs, in a third of its import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        import click  # noqa: F401
    except ImportError:
        sys.stderr.write("comity: the command line needs more packages: pip install 'comity[cli]'\n")
        raise SystemExit(2) from None
    from comity.cli.main import run

    try:
        run()
    except SystemExit as stop:
        if "pyarrow" in sys.modules and isinstance(stop.code, int):
            _leave(stop.code)
        raise
    finally:
        # At the end Python looks for garbage among all that was imported: 5% of a short command.
        gc.freeze()


def _leave(status: int) -> NoReturn:
    """End the process without the destructors of Arrow.

    Those of its threads that still start may abort the process, with a status of their own.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)
