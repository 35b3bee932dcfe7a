"""Channels: the ways to reach a person, their names and media, and how their addresses are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import attrs

from comity.errors import EventError, one_of, suggest
from comity.events.fields import fold
from comity.records import frozen

MEDIA: Final = ("voice", "written", "post", "in-person")


@frozen
class Channel:
    """A way to reach a person, with its other names and its medium."""

    name: str
    medium: str | None = None
    aliases: tuple[str, ...] = ()
    normalise: Callable[[str, str | None], str] | None = attrs.field(default=None, kw_only=True)
    """Returns the one form in which an address is written, such as a phone number's E.164 form.

    It takes the address, and a region (`US`) for addresses that name no country. It raises ValueError.
    """
    extends: bool = attrs.field(default=False, kw_only=True)
    """Whether it adds aliases and a `normalise` to a channel that exists already."""


class Channels:
    """The known channels, by name and alias; any other name stands for itself."""

    def __init__(
        self, channels: Iterable[Channel] = (), advise: Callable[[str], str] = lambda channel: ""
    ) -> None:
        """Take channels, and a function that says which plugin can write the addresses of a channel."""
        self._advise = advise
        self._names: dict[str, str] = {}
        self._media: dict[str, str | None] = {}
        self._normalise: dict[str, Callable[[str, str | None], str]] = {}
        for channel in channels:
            name = fold(channel.name)
            if not channel.extends:
                self._media[name] = channel.medium
            if channel.normalise is not None:
                self._normalise[name] = channel.normalise
            for alias in (channel.name, *channel.aliases):
                self._names[fold(alias)] = name

    def name(self, text: str) -> str:
        """Return the canonical name of a channel."""
        known = self._names.get(text)
        if known is not None:
            return known
        folded = fold(text)
        return self._names.get(folded, folded)

    def medium(self, name: str) -> str | None:
        """Return the medium of a canonical channel name; None if it is unknown."""
        return self._media.get(name)

    def names(self) -> tuple[str, ...]:
        """List the canonical names."""
        return tuple(self._media)

    def words_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """List all words, folded, that stand for one of some canonical names."""
        wanted = frozenset(names)
        return tuple(word for word, name in self._names.items() if name in wanted)

    def normalise(self, channel: str, address: str, region: str | None = None) -> str:
        """Write an address in its channel's form; only trim it if the channel has no such form.

        `region` is a country code for addresses that name no country. Raises EventError for a text that is
        not an address of the channel.
        """
        normalise = self._normalise.get(self.name(channel))
        if normalise is None:
            return address.strip()
        try:
            return normalise(address.strip(), region)
        except ValueError as error:
            raise EventError(f"`{address}` is not an address of the channel `{channel}`: {error}") from None

    def normalises(self, channel: str) -> bool:
        """Return whether a channel has one form for its addresses."""
        return self.name(channel) in self._normalise

    def address_fault(self, channel: str) -> tuple[str, str] | None:
        """Say why a channel's addresses have no single form, and what to do; None if they have one."""
        name = self.name(channel)
        if name in self._normalise:
            return None
        able = f"addresses can be of {one_of(sorted(self._normalise))}" if self._normalise else ""
        if name in self._media:
            message = f"nothing says how addresses of the channel `{channel}` are written"
        else:
            message = f"`{channel}` is not a known channel"
            able = suggest(name, self._normalise) or able
        return message, "; ".join(filter(None, (self._advise(name), able)))

    def canonical(self, field: str, text: str) -> str:
        """Return the form in which the value of a folded field is compared and shown."""
        return self.name(text) if field == "channel" else fold(text)
