"""Rules as data for contacts between people: decide before each contact, audit logs after."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comity.budgets import LogBudgets, PolicyBudgets
    from comity.engine import Engine
    from comity.errors import (
        ComityError,
        EventError,
        InputError,
        PluginError,
        PolicyError,
        RuleError,
        SnapshotError,
        UsageError,
    )
    from comity.events.channels.channel import Channel
    from comity.events.event import Event
    from comity.events.history import History
    from comity.notices import Notice
    from comity.online import LateMonitor, Monitor
    from comity.pieces.auditor import Auditor
    from comity.plan.needs.split_keys import SplitKey
    from comity.plugins import Plugins, hookimpl
    from comity.policy.model import Policy
    from comity.results.decisions import Decision
    from comity.results.explanations import Explanation
    from comity.results.findings import Finding
    from comity.results.obligations import Obligation
    from comity.results.report import Report
    from comity.results.revisions import Revision
    from comity.results.slots import Slot
    from comity.shadow import Shadow

__version__ = "0.1.0"

__all__ = [
    "Auditor",
    "Channel",
    "ComityError",
    "Decision",
    "Engine",
    "Event",
    "EventError",
    "Explanation",
    "Finding",
    "History",
    "InputError",
    "LateMonitor",
    "LogBudgets",
    "Monitor",
    "Notice",
    "Obligation",
    "PluginError",
    "Plugins",
    "Policy",
    "PolicyBudgets",
    "PolicyError",
    "Report",
    "Revision",
    "RuleError",
    "Shadow",
    "Slot",
    "SnapshotError",
    "SplitKey",
    "UsageError",
    "hookimpl",
]

_HOMES = {
    "comity.budgets": ("LogBudgets", "PolicyBudgets"),
    "comity.results.decisions": ("Decision",),
    "comity.results.explanations": ("Explanation",),
    "comity.results.obligations": ("Obligation",),
    "comity.results.revisions": ("Revision",),
    "comity.results.slots": ("Slot",),
    "comity.engine": ("Engine",),
    "comity.errors": (
        "ComityError",
        "EventError",
        "InputError",
        "PluginError",
        "PolicyError",
        "RuleError",
        "SnapshotError",
        "UsageError",
    ),
    "comity.events.channels.channel": ("Channel",),
    "comity.events.event": ("Event",),
    "comity.results.findings": ("Finding",),
    "comity.results.report": ("Report",),
    "comity.events.history": ("History",),
    "comity.notices": ("Notice",),
    "comity.online": ("LateMonitor", "Monitor"),
    "comity.pieces.auditor": ("Auditor",),
    "comity.plan.needs.split_keys": ("SplitKey",),
    "comity.plugins": ("Plugins", "hookimpl"),
    "comity.policy.model": ("Policy",),
    "comity.shadow": ("Shadow",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a public name when it is first asked for, so that `import comity` costs next to nothing."""
        if name not in _HOME_OF:
            raise AttributeError(f"module `comity` has no attribute `{name}`")
        value = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
