"""Plugins: the hooks that they implement, the records that they give, and the manager that holds them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from comity.plugins.hooks import API, hookimpl

if TYPE_CHECKING:
    from comity.events.channels.channel import Channel
    from comity.events.zone_sources import ZoneSource
    from comity.plugins.choice import Choice
    from comity.plugins.command import Command
    from comity.plugins.loading import PluginState
    from comity.plugins.manager import Plugins
    from comity.policy.compose.industry import Industry, load_industry
    from comity.readers.mapping.profile import Profile

_HOMES = {
    "Channel": "comity.events.channels.channel",
    "Choice": "comity.plugins.choice",
    "Command": "comity.plugins.command",
    "Industry": "comity.policy.compose.industry",
    "PluginState": "comity.plugins.loading",
    "Plugins": "comity.plugins.manager",
    "Profile": "comity.readers.mapping.profile",
    "ZoneSource": "comity.events.zone_sources",
    "load_industry": "comity.policy.compose.industry",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is needed for the first time."""
    if name not in _HOMES:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


__all__ = [
    "API",
    "Channel",
    "Choice",
    "Command",
    "Industry",
    "PluginState",
    "Plugins",
    "Profile",
    "ZoneSource",
    "hookimpl",
    "load_industry",
]
