"""The manager: an object that holds plugins and gives what they offer by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, TypeVar

import pluggy

from comity.errors import UsageError
from comity.events import Channels, fold
from comity.plugins import builtin, hooks
from comity.policy.model import RuleKind
from comity.policy.search import SearchPath

if TYPE_CHECKING:
    from comity.formatters.formatter import Formatter
    from comity.readers.reader import Reader

T = TypeVar("T")
GROUP = "comity"
"""The entry-point group by which distributions offer plugins."""


class Plugins:
    """The built-in plugin and whichever others are given; nothing else is loaded.

    Raises UsageError where two plugins claim one name.
    """

    def __init__(self, plugins: Iterable[object] = ()) -> None:
        self._manager = pluggy.PluginManager("comity")
        self._manager.add_hookspecs(hooks)
        self._manager.register(builtin, "comity")
        for plugin in plugins:
            self._manager.register(plugin)
        self._manager.check_pending()

    @classmethod
    def installed(cls, report: Callable[[str], None]) -> Plugins:
        """Load the plugins of installed distributions; one that fails is reported, the others go on."""
        loaded: list[object] = []
        for point in entry_points(group=GROUP):
            plugin = _load(point, report)
            if plugin is None:
                continue
            try:
                cls([*loaded, plugin])._offers()
            except Exception as error:
                report(f"plugin `{point.name}` is left out: {type(error).__name__}: {error}")
            else:
                loaded.append(plugin)
        return cls(loaded)

    def _offers(self) -> None:
        """Ask every hook once, so that a name claimed twice is found."""
        for _ in (self.channels, self.kinds, self.readers, self.formatters, self.search):
            pass

    @cached_property
    def channels(self) -> Channels:
        """The channels, by name and alias."""
        channels = self._gather(self._manager.hook.comity_channels())
        names = [(fold(name), c) for c in channels for name in (c.name, *c.aliases)]
        _by_name("channel", names)
        return Channels(channels)

    @cached_property
    def kinds(self) -> Mapping[str, type[RuleKind]]:
        """The rule kinds, by the word that policies use."""
        kinds: list[type[RuleKind]] = self._gather(self._manager.hook.comity_rule_kinds())
        return _by_name("rule kind", [(kind.kind, kind) for kind in kinds])

    @cached_property
    def readers(self) -> Mapping[str, Reader]:
        """The readers, by the name of their format."""
        readers: list[Reader] = self._gather(self._manager.hook.comity_readers())
        return _by_name("reader", [(reader.name, reader) for reader in readers])

    @cached_property
    def formatters(self) -> Mapping[str, Formatter]:
        """The formatters, by the name of their format."""
        formatters: list[Formatter] = self._gather(self._manager.hook.comity_formatters())
        return _by_name("formatter", [(formatter.name, formatter) for formatter in formatters])

    @cached_property
    def search(self) -> SearchPath:
        """The folders of policies: those of plugins, then the shipped ones."""
        return SearchPath(tuple(self._gather(self._manager.hook.comity_policy_folders())))

    @staticmethod
    def _gather(results: Iterable[Iterable[T]]) -> list[T]:
        """Join what the plugins gave, the built-in first."""
        return [item for items in reversed(list(results)) for item in items]


def _by_name(what: str, named: Iterable[tuple[str, T]]) -> dict[str, T]:
    made: dict[str, T] = {}
    for name, item in named:
        if made.setdefault(name, item) is not item:
            raise UsageError(f"two plugins claim the {what} `{name}`")
    return made


def _load(point: EntryPoint, report: Callable[[str], None]) -> object | None:
    try:
        plugin: object = point.load()
    except Exception as error:
        report(f"plugin `{point.name}` is left out: {type(error).__name__}: {error}")
        return None
    return plugin
