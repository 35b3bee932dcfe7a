"""Tracing: a line for each call of a plugin's hook, with what it returns and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import pluggy

VARIABLE: Final = "COMITY_TRACE"
"""The variable that, if it is not empty, has the calls of hooks printed on standard error."""


def trace_calls(manager: pluggy.PluginManager, plugin: str, report: Callable[[str], None]) -> None:
    """Report each call of a plugin's hook after it returns."""
    begins: list[float] = []

    def before(hook: str, implementations: Sequence[object], given: object) -> None:
        begins.append(time.perf_counter())

    def after(
        outcome: pluggy.Result[Any], hook: str, implementations: Sequence[object], given: object
    ) -> None:
        spent = (time.perf_counter() - begins.pop()) * 1000
        if not implementations:
            return
        if outcome.exception is None:
            gave = ", ".join(_shown(item) for items in outcome.get_result() for item in items) or "nothing"
        else:
            gave = f"{type(outcome.exception).__name__}: {outcome.exception}"
        report(f"{plugin}: {hook} took {spent:.1f} ms and gave {gave}")

    manager.add_hookcall_monitoring(before, after)


def _shown(item: object) -> str:
    for name in ("kind", "name", "id"):
        if isinstance(getattr(item, name, None), str) and not hasattr(item, "drive"):
            return f"`{getattr(item, name)}`"
    return f"`{item}`"
