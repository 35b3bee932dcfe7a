"""Plugins that are data: channels, an industry and mapping profiles in a TOML file, without any code."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from comity.documents import Document, Fault, Faults, load_document, strict_converter, structure
from comity.errors import PluginError
from comity.events.channels.channel import MEDIA, Channel
from comity.plugins.hooks import hookimpl
from comity.records import frozen

if TYPE_CHECKING:
    from comity.policy.compose.industry import Industry
    from comity.readers.mapping.profile import Profile

_OWN: Final = ("plugin", "channels")
"""The tables of such a file that do not belong to the industry."""


@frozen
class PluginTable:
    """The table `[plugin]`."""

    api: int = 1
    mappings: str | None = None
    """A folder of mapping profiles, relative to the file."""
    policies: str | None = None
    """A folder of policies, relative to the file."""


@frozen
class ChannelTable:
    """The table `[channels.NAME]`."""

    medium: str | None = None
    aliases: tuple[str, ...] = ()
    extends: bool = False
    """Whether it adds aliases to a channel that exists already."""


@frozen
class _Tables:
    comity: int
    plugin: PluginTable = PluginTable()
    channels: dict[str, ChannelTable] = attrs.field(factory=dict)


class DataPlugin:
    """Offers what a data file contains through the same hooks as any plugin."""

    def __init__(self, path: Path) -> None:
        """Read the file; raises PolicyError with every fault, and OSError if it cannot be read."""
        self._document = load_document(path)
        self._folder = path.parent
        self._tables = _structure(self._document)
        self.COMITY_API = self._tables.plugin.api

    @hookimpl
    def comity_channels(self) -> Iterable[Channel]:
        """Return the channels of the file."""
        return [
            Channel(name, table.medium, table.aliases, extends=table.extends)
            for name, table in self._tables.channels.items()
        ]

    @hookimpl
    def comity_industries(self) -> Iterable[Industry]:
        """Return the industry of the file, if it has one."""
        from comity.policy.compose.industry import industry_of

        return [industry_of(self._document, _OWN)] if "industry" in self._document.data else []

    @hookimpl
    def comity_mappings(self) -> Iterable[Profile]:
        """Return the profiles of the file's folder of mappings."""
        from comity.readers.mapping.profile import profiles_in

        mappings = self._tables.plugin.mappings
        return [] if mappings is None else list(profiles_in(self._folder / mappings))

    @hookimpl
    def comity_policy_folders(self) -> Iterable[Path]:
        """Return the file's folder of policies."""
        policies = self._tables.plugin.policies
        return [] if policies is None else [self._folder / policies]


def _structure(document: Document) -> _Tables:
    own = ("comity", *_OWN)
    industry = "industry" in document.data
    data = {key: value for key, value in document.data.items() if key in own or not industry}
    converter = strict_converter()
    hook = converter.get_structure_hook(ChannelTable)

    def channel(value: object, kind: type[Any]) -> ChannelTable:
        made: ChannelTable = hook(value, kind)
        if made.medium is not None and made.medium not in MEDIA:
            allowed = ", ".join(f"`{medium}`" for medium in MEDIA)
            raise Faults(
                [
                    Fault(
                        "bad-value",
                        f"`{made.medium}` is not a medium",
                        "medium",
                        help=f"allowed are {allowed}",
                    )
                ]
            )
        return made

    converter.register_structure_hook(ChannelTable, channel)
    return structure(converter, data, _Tables, lambda path: (document, path))


def find_data_file(value: str) -> Path:
    """Find the file that an entry point such as `my_package:my_industry.toml` names, without any import.

    Raises PluginError if there is none.
    """
    package, _, name = value.partition(":")
    package = package.strip()
    if "." in package:
        raise PluginError(
            f"`{value}` names a file in a package inside another, which would have to be imported"
        )
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    for folder in folders:
        path = Path(folder) / name.strip()
        if path.is_file():
            return path
    raise PluginError(f"there is no file `{name.strip()}` in the package `{package}`")
