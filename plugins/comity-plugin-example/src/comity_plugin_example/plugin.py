"""What the plugin offers, hook by hook."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from comity.plugins import Channel, hookimpl
from comity_plugin_example.kind import PluginExample

COMITY_API = 1
"""The plugin API that this was written for."""


@hookimpl
def comity_channels() -> Iterable[Channel]:
    """Return a channel; events and policies may call it by its aliases, too."""
    return [Channel("plugin-example", "post", aliases=("plugin-example-post",))]


@hookimpl
def comity_rule_kinds() -> Iterable[type[PluginExample]]:
    """Return a rule kind, by the word that policies use."""
    return [PluginExample]


@hookimpl
def comity_policy_folders() -> Iterable[Path]:
    """Return the folder of the policies, which are found by id."""
    return [Path(__file__).parent / "policies"]
