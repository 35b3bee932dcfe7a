"""The manager: it holds plugins and returns what they offer by name."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from comity.errors import PluginError, UsageError
from comity.events.channels.channel import Channels
from comity.events.zone_sources import ZoneSources
from comity.plugins import builtin
from comity.plugins.choice import VARIABLE, Choice
from comity.plugins.command import Command
from comity.plugins.distribution import Offered, find_offered
from comity.plugins.known import who_provides
from comity.plugins.loading import Loading, PluginState
from comity.plugins.records import Record, Records
from comity.plugins.trace import VARIABLE as TRACE
from comity.plugins.when_needed import WhenNeeded
from comity.policy.compose.industry import Industry
from comity.policy.compose.search import SearchPath
from comity.policy.model import RuleKind
from comity.policy.vocabulary import Vocabulary

if TYPE_CHECKING:
    from comity.formatters.formatter import Formatter
    from comity.readers.mapping.profile import Profile
    from comity.readers.reader import Reader


def ignore(text: str) -> None:
    """Do nothing."""


class Plugins:
    """Load the built-in plugin and the given ones, and no others.

    Raises PluginError for a plugin that fails, needs another API or claims a name that is taken.
    """

    def __init__(self, plugins: Iterable[object] = ()) -> None:
        self._records = Records(lambda hook: list(getattr(builtin, hook)()))
        self.states: tuple[PluginState, ...] = ()
        """The states of the installed plugins, if `installed` loaded them."""
        given: object = plugins
        if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
            raise UsageError(f"`{type(given).__name__}` is not a list of plugins")
        self._given = plugins = tuple(plugins)
        for plugin in plugins:
            name = getattr(plugin, "__name__", None) or type(plugin).__name__
            loading = Loading(Offered(name, ""), _tracer())
            try:
                loading.register(plugin)
                self._records.add(name, loading.provided)
            except PluginError as error:
                raise PluginError(f"plugin `{name}`: {error}") from error.__cause__

    @classmethod
    def installed(
        cls,
        report: Callable[[str], None] = ignore,
        names: Iterable[str] | Choice | None = None,
        *,
        trace: Callable[[str], None] | None = None,
    ) -> Plugins:
        """Load the plugins of installed distributions; one that fails is reported, the others are loaded.

        `names` are the plugins to load, by entry points or distributions; `no:NAME` blocks one. Without names
        the variable `COMITY_PLUGINS` decides, and without that all are loaded. Raises UsageError for a name
        that no installed plugin has, and PluginError if a plugin fails that is chosen by name.
        """
        if names is None:
            choice = Choice.of_variable(os.environ.get(VARIABLE))
        else:
            choice = names if isinstance(names, Choice) else Choice.of(names, "`names`")
        offered = tuple(find_offered())
        choice.check(offered)
        made = cls()
        states = []
        for each in offered:
            if reason := choice.blocks(each):
                states.append(PluginState(each, "blocked", reason))
                continue
            loading = Loading(each, trace or _tracer())
            try:
                loading.load()
                made._records.add(each.title, loading.provided)
            except PluginError as error:
                states.append(loading.state("failed", str(error)))
                if choice.asks_for(each):
                    raise PluginError(
                        f"the plugin `{each.name}` cannot be loaded: {error}", each.title
                    ) from error
                report(f"the plugin `{each.name}` is left out: {error} ({each.title})")
            else:
                states.append(loading.state("loaded"))
        made.states = tuple(states)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        if self.states:
            loaded = [state.offered.name for state in self.states if state.state == "loaded"]
            return _installed, (loaded,)
        return _of_given, ([_by_name(plugin) for plugin in self._given],)

    @cached_property
    def channels(self) -> Channels:
        """The channels, by name and alias."""
        return Channels(self._items("comity_channels"), partial(self.advise, "address"))

    @cached_property
    def kinds(self) -> Mapping[str, type[RuleKind]]:
        """The rule kinds, by the word that policies use."""
        return {kind.kind: kind for kind in self._items("comity_rule_kinds")}

    @cached_property
    def industries(self) -> Mapping[str, Industry]:
        """The industries, by the word that policies name them by."""
        return {industry.id: industry for industry in self._items("comity_industries")}

    @cached_property
    def zones(self) -> ZoneSources:
        """The sources of time zones, in the order in which they are asked."""
        return ZoneSources(self._items("comity_zones"))

    @cached_property
    def readers(self) -> Mapping[str, Reader]:
        """The readers, by the name of their format."""
        return {reader.name: reader for reader in self._items("comity_readers")}

    @cached_property
    def mappings(self) -> Mapping[str, Profile]:
        """The mapping profiles, by name."""
        return {profile.name: profile for profile in self._items("comity_mappings")}

    @cached_property
    def formatters(self) -> Mapping[str, Formatter]:
        """The formatters, by the name of their format."""
        return {formatter.name: formatter for formatter in self._items("comity_formatters")}

    @cached_property
    def commands(self) -> Mapping[str, Command]:
        """The commands that plugins bring, by name."""
        return {command.name: command for command in self._items("comity_commands")}

    @cached_property
    def policy_folders(self) -> tuple[tuple[str, Path], ...]:
        """The folders of policies, each with its origin; those of plugins and industries first."""
        folders = self._records.of("comity_policy_folders")
        packs = [r for r in self._records.of_plugins("comity_industries") if r.item.folder is not None]
        given = [(f"plugin {record.plugin}", record.item.folder) for record in packs]
        given += [(f"plugin {record.plugin}", record.item) for record in folders if record.plugin]
        shipped = [("shipped", record.item) for record in folders if not record.plugin]
        origins = {folder: origin for origin, folder in reversed((*given, *shipped))}
        ordered = dict.fromkeys(folder for _, folder in (*given, *shipped))
        return tuple((origins[folder], folder) for folder in ordered)

    @property
    def search(self) -> SearchPath:
        """The folders in which policies are looked for by their ids."""
        return SearchPath(tuple(folder for _, folder in self.policy_folders))

    @cached_property
    def words(self) -> Vocabulary:
        """What policies can name."""
        kinds: list[Record] = self._records.of("comity_rule_kinds")
        return Vocabulary(
            self.kinds,
            self.search,
            self.channels,
            WhenNeeded(lambda: self.industries),
            self.zones,
            self.advise,
            self.left_out,
            {record.item.kind: record.plugin for record in kinds if record.plugin},
        )

    def advise(self, what: str, name: str) -> str:
        """Say which plugin would provide something (`rule kind`, `reader`, …) with an unknown name."""
        known = who_provides(what, name)
        if known:
            state = next((state for state in self.states if state.offered.is_called(known)), None)
            if state is not None and state.state == "loaded":
                return ""
            if state is not None:
                return f"the plugin `{known}` provides it, and is {_left_out(state)}"
            if any(offered.is_called(known) for offered in find_offered()):
                return f"the plugin `{known}` provides it: it is loaded by `Plugins.installed()`"
            return f"the plugin `{known}` provides it: pip install {known}"
        left = [
            f"`{state.offered.name}` is {_left_out(state)}"
            for state in self.states
            if state.state != "loaded"
        ]
        return f"perhaps a plugin that is not loaded provides it: {', '.join(left)}" if left else ""

    def left_out(self, distribution: str) -> str:
        """Say why an installed distribution's plugin is not in use; empty if it is, or if it has none."""
        states = [state for state in self.states if state.offered.is_called(distribution)]
        if states:
            return "; ".join(_left_out(state) for state in states if state.state != "loaded")
        given = {getattr(plugin, "__name__", type(plugin).__module__) for plugin in self._given}
        offered = [each for each in find_offered() if each.is_called(distribution)]
        if all(each.value.partition(":")[0].strip() in given for each in offered):
            return ""
        return "it is loaded by `Plugins.installed()`"

    def _items(self, hook: str) -> list[Any]:
        return [record.item for record in self._records.of(hook)]


def _by_name(plugin: object) -> object:
    """Return the name of a module, because modules cannot be pickled; return anything else as it is."""
    return ModuleName(plugin.__name__) if isinstance(plugin, ModuleType) else plugin


class ModuleName(str):
    """The name of a module that is a plugin."""

    __slots__ = ()


def _of_given(plugins: Iterable[object]) -> Plugins:
    return Plugins([import_module(each) if isinstance(each, ModuleName) else each for each in plugins])


def _installed(names: Sequence[str]) -> Plugins:
    return Plugins.installed(names=names) if names else Plugins()


def _left_out(state: PluginState) -> str:
    return state.reason if state.state == "blocked" else f"broken: {state.reason}"


def _tracer() -> Callable[[str], None] | None:
    """Return what prints the calls of hooks, if the variable asks for it."""
    if not os.environ.get(TRACE):
        return None
    return lambda text: print(f"comity: trace: {text}", file=sys.stderr)  # noqa: T201
