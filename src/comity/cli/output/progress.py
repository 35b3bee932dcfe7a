"""A line on a terminal that shows the progress of longer work."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE = 0.7
"""Seconds of work before the line appears."""
INTERVAL = 0.1
"""Seconds between two changes of the line."""


class Progress:
    """Shows the phase, its progress and its speed on standard error, where that is a terminal."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._wanted = sys.stderr is not None and sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None
        self._phase = ""
        self._since = self._begin
        self._shown = 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Remove the line."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def bytes(self, done: int, total: int) -> None:
        """Show how many bytes of the log are read and judged."""
        self._update("reading and judging", done, total, f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB")

    def rows(self, phase: str, done: int, total: int | None) -> None:
        """Show how many rows a phase has done."""
        if not self._wanted:
            return
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._since, self._shown = phase, now, 0.0
        elapsed = now - self._since
        rate = f", {done / elapsed:,.0f}/s" if elapsed > INTERVAL else ""
        what = "findings" if phase == "writing" else "rows"
        self._update(phase, done, total, f"{done:,} {what}{rate}")

    def writing(self, pieces: Iterable[T], each: int, total: int) -> Iterator[T]:
        """Yield pieces of `each` findings out of `total`, and show how many are written."""
        for number, piece in enumerate(pieces):
            self.rows("writing", min(number * each, total), total)
            yield piece
        self.stop()

    def _update(self, phase: str, done: int, total: int | None, told: str) -> None:
        now = time.monotonic()
        if not self._wanted or now - self._begin < PATIENCE or now - self._shown < INTERVAL:
            return
        self._shown = now
        if self._bar is None:
            self._start(phase)
        self._bar.update(self._task, description=phase, completed=done, total=total, told=told)

    def _start(self, phase: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(phase, total=None, told="")
        self._bar.start()
