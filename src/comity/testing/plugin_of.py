"""A plugin made of records, for trying them without a distribution."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from comity.plugins.hooks import hookimpl
from comity.plugins.records import SORTS

if TYPE_CHECKING:
    from comity.events.channels.channel import Channel
    from comity.events.zone_sources import ZoneSource
    from comity.formatters.formatter import Formatter
    from comity.plugins.command import Command
    from comity.policy.compose.industry import Industry
    from comity.policy.model import RuleKind
    from comity.readers.mapping.profile import Profile
    from comity.readers.reader import Reader


def plugin_of(
    *,
    rule_kinds: Iterable[type[RuleKind]] = (),
    channels: Iterable[Channel] = (),
    industries: Iterable[Industry] = (),
    zones: Iterable[ZoneSource] = (),
    readers: Iterable[Reader] = (),
    mappings: Iterable[Profile] = (),
    formatters: Iterable[Formatter] = (),
    commands: Iterable[Command] = (),
    policy_folders: Iterable[Path] = (),
) -> object:
    """Make a plugin that gives some records; `Plugins([plugin_of(…)])` loads it."""
    given: dict[str, Iterable[Any]] = {
        "comity_rule_kinds": rule_kinds,
        "comity_channels": channels,
        "comity_industries": industries,
        "comity_zones": zones,
        "comity_readers": readers,
        "comity_mappings": mappings,
        "comity_formatters": formatters,
        "comity_commands": commands,
        "comity_policy_folders": policy_folders,
    }
    assert set(given) == {sort.hook for sort in SORTS}
    made = SimpleNamespace(__name__="under-test")
    for hook, records in given.items():
        setattr(made, hook, _giving(tuple(records)))
    return made


def _giving(records: tuple[Any, ...]) -> Any:
    @hookimpl
    def give() -> tuple[Any, ...]:
        return records

    return give
