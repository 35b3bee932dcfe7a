"""The hooks of comity, plugin API 1: each gives frozen records, and none changes the host.

A plugin is a module or an object whose functions are marked with `comity.hookimpl` and bear the name of a
hook here. A distribution offers it by an entry point in the group `comity`; one that ends in `.toml` names a
file of data, read without importing any code. A plugin states the API that it was written for as
`COMITY_API = 1`; one that states none was written for API 1.

Within an API, hooks and records only gain what is optional. What is to go is first deprecated: for at least
two minor releases and a year it works as before and warns with a DeprecationWarning. A new API is served
beside the one before it for as long.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from comity.events.channels.channel import Channel
    from comity.events.zone_sources import ZoneSource
    from comity.formatters.formatter import Formatter
    from comity.plugins.command import Command
    from comity.policy.compose.industry import Industry
    from comity.policy.model import RuleKind
    from comity.readers.mapping.profile import Profile
    from comity.readers.reader import Reader

API: Final = 1
"""The newest version of these hooks and their records."""
SERVED: Final = frozenset({1})
"""The versions that plugins may be written for."""

hookspec = pluggy.HookspecMarker("comity")
hookimpl = pluggy.HookimplMarker("comity")


@hookspec
def comity_rule_kinds() -> Iterable[type[RuleKind]]:
    """Return rule kinds: attrs classes of a kind's own keys that lower to operators or to a judgement."""
    return ()


@hookspec
def comity_channels() -> Iterable[Channel]:
    """Return channels: their names, other names, medium, and how their addresses are written."""
    return ()


@hookspec
def comity_industries() -> Iterable[Industry]:
    """Return industries: words, selectors, calendars, defaults and policies; see `load_industry`."""
    return ()


@hookspec
def comity_zones() -> Iterable[ZoneSource]:
    """Return sources of time zones: from an event's attributes to one zone or several."""
    return ()


@hookspec
def comity_readers() -> Iterable[Reader]:
    """Return readers of log formats, by the names that `--input-format` takes."""
    return ()


@hookspec
def comity_mappings() -> Iterable[Profile]:
    """Return mapping files by the names that `--mapping` takes."""
    return ()


@hookspec
def comity_formatters() -> Iterable[Formatter]:
    """Return formatters of reports, by the names that `--format` takes."""
    return ()


@hookspec
def comity_commands() -> Iterable[Command]:
    """Return subcommands of the command line."""
    return ()


@hookspec
def comity_policy_folders() -> Iterable[Path]:
    """Return folders of policies that are found by id."""
    return ()
