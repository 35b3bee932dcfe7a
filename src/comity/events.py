"""Events: what happened between two parties, and the words that are compared alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import attrs

from comity.errors import EventError, one_of, suggest

FIELDS: Final = (
    "person",
    "at",
    "id",
    "kind",
    "channel",
    "medium",
    "direction",
    "outcome",
    "actor",
    "matter",
    "timezone",
)
"""The fields of an event that every policy knows; `medium` follows from the channel."""
FOLDED: Final = frozenset({"kind", "channel", "medium", "direction", "outcome"})
"""Fields that are compared after case folding, with `-`, `_` and space alike."""
DIRECTIONS: Final = ("outbound", "inbound", "none")
MEDIA: Final = ("voice", "written", "post", "in-person")

DIRECTION_WORDS: Final = {
    **{word: word for word in DIRECTIONS},
    **dict.fromkeys(("out", "outgoing", "sent"), "outbound"),
    **dict.fromkeys(("in", "incoming", "received"), "inbound"),
}
"""The words that readers take for a direction."""

Scalar = str | int | float | bool
NO_ATTRIBUTES: Final[Mapping[str, Scalar]] = MappingProxyType({})


@attrs.frozen(slots=True)
class Event:
    """One thing that happened between two parties.

    Texts stand as they were written; comparisons fold them. `Event.of` reads looser forms.
    """

    person: str
    at: int
    """Microseconds since 1970-01-01T00:00:00Z."""
    id: str | None = None
    kind: str = "contact"
    channel: str = "unspecified"
    direction: str = "outbound"
    outcome: str | None = None
    actor: str | None = None
    matter: tuple[str, ...] = ()
    timezone: str | None = None
    """Where the person is: an IANA name or an offset, several separated by spaces."""
    attributes: Mapping[str, Scalar] = NO_ATTRIBUTES
    label: str | None = None
    """What findings call the event where it has no id, such as `#12`."""


@attrs.frozen
class Channel:
    """A way to reach a person, its other names, and the medium that it is."""

    name: str
    medium: str | None = None
    aliases: tuple[str, ...] = ()


class Channels:
    """The channels that are known, by name and alias; other names stand for themselves."""

    def __init__(self, channels: Iterable[Channel] = ()) -> None:
        self._names: dict[str, str] = {}
        self._media: dict[str, str | None] = {}
        for channel in channels:
            name = fold(channel.name)
            self._media[name] = channel.medium
            for alias in (channel.name, *channel.aliases):
                self._names[fold(alias)] = name

    def name(self, text: str) -> str:
        """Give the canonical name of a channel."""
        known = self._names.get(text)
        if known is not None:
            return known
        folded = fold(text)
        return self._names.get(folded, folded)

    def medium(self, name: str) -> str | None:
        """Give the medium of a canonical channel name, or None."""
        return self._media.get(name)

    def names(self) -> tuple[str, ...]:
        """List the canonical names."""
        return tuple(self._media)

    def canonical(self, field: str, text: str) -> str:
        """Give the form in which a folded field's value is compared and shown."""
        return self.name(text) if field == "channel" else fold(text)


def fold(text: str) -> str:
    """Give the form in which kinds, channels, directions, outcomes and media are compared."""
    return text.strip().casefold().replace("_", "-").replace(" ", "-")


def parse_direction(text: str) -> str:
    """Read a direction as logs write it; raises EventError for an unknown word."""
    folded = fold(text)
    if folded in DIRECTION_WORDS:
        return DIRECTION_WORDS[folded]
    hint = suggest(folded, DIRECTION_WORDS) or f"allowed are {one_of(DIRECTION_WORDS)}"
    raise EventError(f"`{text}` is not a direction: {hint}")


def attribute_text(value: Scalar) -> str | None:
    """Give the text of an attribute's value as it stands in a log, trimmed; None where it is empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() or None
