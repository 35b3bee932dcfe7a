"""Rules as data for contacts between people: decide before each contact, audit logs after."""

from comity.decisions import Decision
from comity.engine import Engine
from comity.errors import ComityError, EventError, InputError, PolicyError, UsageError
from comity.events import Channel, Event
from comity.findings import Finding, Report
from comity.plugins import Plugins, hookimpl
from comity.policy.model import Policy

__version__ = "0.1.0"

__all__ = [
    "Channel",
    "ComityError",
    "Decision",
    "Engine",
    "Event",
    "EventError",
    "Finding",
    "InputError",
    "Plugins",
    "Policy",
    "PolicyError",
    "Report",
    "UsageError",
    "hookimpl",
]
