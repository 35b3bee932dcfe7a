"""The records that plugins give, by name, and the plugin that each comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from comity.errors import PluginError, error_text, shown
from comity.events.channels.channel import Channel
from comity.events.fields import fold
from comity.events.zone_sources import ZoneSource
from comity.plugins.command import Command
from comity.record_types import misfit


def _reader(item: Any) -> bool:
    from comity.readers.reader import Reader

    return isinstance(item, Reader)


def _formatter(item: Any) -> bool:
    from comity.formatters.formatter import Formatter

    return isinstance(item, Formatter)


def _profile(item: Any) -> bool:
    from comity.readers.mapping.profile import Profile

    return isinstance(item, Profile)


def _industry(item: Any) -> bool:
    from comity.policy.compose.industry import Industry

    return isinstance(item, Industry)


def _rule_kind(item: Any) -> bool:
    return isinstance(item, type) and attrs.has(item)


def _check_kind(kind: Any) -> None:
    """Raise PluginError if a kind lacks something that reading policies needs."""
    name = f"the rule kind `{kind.__name__}`"
    if not isinstance(getattr(kind, "kind", None), str):
        raise PluginError(f"{name} lacks `kind`, the word that policies use")
    for method, what in (
        ("lower", "which makes an operator of a rule"),
        ("declares", "which gives the attributes that using it declares"),
    ):
        if not callable(getattr(kind, method, None)):
            raise PluginError(f"{name} lacks `{method}`, {what}")
    try:
        attrs.resolve_types(kind)
    except Exception as error:
        raise PluginError(f"{name} has keys of unknown types: {error_text(error)}") from error


def _channel_names(channel: Channel) -> Iterator[str]:
    if not all(isinstance(name, str) for name in (channel.name, *channel.aliases)):
        yield ""
        return
    if not channel.extends:
        yield fold(channel.name)
    elif channel.normalise is not None:
        yield f"normalise {fold(channel.name)}"
    yield from (fold(alias) for alias in channel.aliases if fold(alias) != fold(channel.name))


@attrs.frozen
class RecordType:
    """One type of record: how messages call it, its class, and the names that a record claims."""

    hook: str
    word: str
    allowed: str
    is_one: Callable[[Any], bool]
    names: Callable[[Any], Iterable[str]] = lambda item: (item.name,)


SORTS: Final = (
    RecordType(
        "comity_rule_kinds",
        "rule kind",
        "an attrs class with `kind`, `lower` and `declares`",
        _rule_kind,
        lambda k: (k.kind,),
    ),
    RecordType(
        "comity_channels", "channel", "a `Channel`", lambda item: isinstance(item, Channel), _channel_names
    ),
    RecordType("comity_industries", "industry", "an `Industry`", _industry, lambda industry: (industry.id,)),
    RecordType("comity_zones", "zone source", "a `ZoneSource`", lambda item: isinstance(item, ZoneSource)),
    RecordType("comity_readers", "reader", "a `Reader`", _reader),
    RecordType("comity_mappings", "mapping", "a `Profile`", _profile),
    RecordType("comity_formatters", "formatter", "a `Formatter`", _formatter),
    RecordType("comity_commands", "command", "a `Command`", lambda item: isinstance(item, Command)),
    RecordType(
        "comity_policy_folders", "folder", "a `Path`", lambda item: isinstance(item, Path), lambda path: ()
    ),
)


def check_record(hook: str, item: Any) -> None:
    """Raise PluginError if a hook returns another type, or a record with a value of a wrong type."""
    sort = next(sort for sort in SORTS if sort.hook == hook)
    if not sort.is_one(item):
        raise PluginError(f"`{hook}` gave {shown(item)}, which is not {sort.allowed}")
    if hook == "comity_rule_kinds":
        _check_kind(item)
    for name in sort.names(item):
        given: object = name
        if not isinstance(given, str) or not given.strip():
            raise PluginError(f"`{hook}` gave {shown(item)}, whose name is not a text")
    if hook != "comity_rule_kinds" and attrs.has(type(item)) and (odd := misfit(item)):
        raise PluginError(f"`{hook}` gave a {sort.word} of which {odd}")


@attrs.frozen
class Record:
    """Something that a plugin gives."""

    item: Any
    plugin: str
    """The plugin's title; empty for the built-in one."""


class Records:
    """What comity itself and some plugins give; only one of them can claim a name."""

    def __init__(self, builtin: Callable[[str], list[Any]]) -> None:
        """Begin with the built-in records; each hook of them is called when it is needed."""
        self._builtin = builtin
        self._records: dict[str, list[Record]] = {}
        self._owners: dict[tuple[str, str], str] = {}

    def of(self, hook: str) -> list[Record]:
        """List what a hook gives, the built-in records first."""
        if hook not in self._records:
            self._records[hook] = [Record(item, "") for item in self._builtin(hook)]
            sort = next(sort for sort in SORTS if sort.hook == hook)
            for record in self._records[hook]:
                self._owners |= {(sort.word, name): "" for name in sort.names(record.item)}
        return self._records[hook]

    def of_plugins(self, hook: str) -> list[Record]:
        """List what plugins give for a hook, without calling that of comity itself."""
        return [record for record in self._records.get(hook, ()) if record.plugin]

    def add(self, plugin: str, given: dict[str, list[Any]]) -> None:
        """Add all that a plugin gives, or nothing; raises PluginError for a record that cannot be used."""
        claimed: dict[tuple[str, str], str] = {}
        for sort in SORTS:
            if given.get(sort.hook):
                self.of(sort.hook)
            for item in given.get(sort.hook, ()):
                if isinstance(item, Channel) and item.extends:
                    self._check_extends(item, given[sort.hook])
                for name in sort.names(item):
                    key = (sort.word, name)
                    if key in claimed:
                        raise PluginError(f"it claims the {sort.word} `{name}` twice")
                    if key in self._owners:
                        owner = self._owners[key] or "comity itself"
                        raise PluginError(f"the {sort.word} `{name}` is taken by {owner}")
                    claimed[key] = plugin
        self._owners |= claimed
        for sort in SORTS:
            if given.get(sort.hook):
                self._records[sort.hook] += [Record(item, plugin) for item in given[sort.hook]]

    def _check_extends(self, channel: Channel, given: Iterable[Channel]) -> None:
        known = {fold(each.name) for each in given if not each.extends}
        if ("channel", fold(channel.name)) not in self._owners and fold(channel.name) not in known:
            raise PluginError(f"it extends the channel `{channel.name}`, which is not known")
        if channel.medium is not None:
            raise PluginError(f"it extends the channel `{channel.name}`, whose medium cannot be changed")
