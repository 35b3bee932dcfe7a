"""Where a person is, as far as the attributes of an event show: plugins resolve the zones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from comity.clock.zones import Zone, find_zones
from comity.errors import EventError, PluginError, error_text, passes
from comity.events.values import Scalar
from comity.records import frozen

_MOST_KNOWN = 1 << 16
"""The most combinations of attributes to remember."""


@frozen
class ZoneSource:
    """Resolves the time zones of events without one, for example from a phone number."""

    name: str
    attributes: tuple[str, ...]
    """The attributes that it reads."""
    zones: Callable[[Mapping[str, Scalar]], Sequence[str]]
    """Returns IANA names or offsets: several if it is not certain, none if it does not know.

    It takes those of its attributes that the event has, at least one. The same values must give the same
    zones.
    """
    plugin: str = ""
    """The plugin that it comes from; the manager fills it in."""


class ZoneSources:
    """Sources of zones in the order in which they are asked; the first one that knows decides."""

    def __init__(self, sources: Sequence[ZoneSource] = ()) -> None:
        self.sources = tuple(sources)
        self.attributes = tuple(dict.fromkeys(name for source in sources for name in source.attributes))
        """The attributes that they read."""
        self._known: dict[tuple[Scalar | None, ...], tuple[Zone, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self.sources)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZoneSources) and other.sources == self.sources

    def __hash__(self) -> int:
        return hash(self.sources)

    def of(self, attributes: Mapping[str, Scalar]) -> tuple[Zone, ...]:
        """Return the zones that the attributes of an event show; none if they do not.

        Raises PluginError if a source fails or returns something that is not a zone.
        """
        if not attributes:
            return ()
        key = tuple([attributes.get(name) for name in self.attributes])
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[key] = self._ask(attributes)
        return found

    def _ask(self, attributes: Mapping[str, Scalar]) -> tuple[Zone, ...]:
        for source in self.sources:
            given = {name: attributes[name] for name in source.attributes if attributes.get(name) is not None}
            try:
                names = " ".join(source.zones(given)) if given else ""
                if names:
                    return find_zones(names)
            except EventError as error:
                raise PluginError(
                    f"the zone source `{source.name}` gives no zone: {error}", source.plugin
                ) from None
            except BaseException as error:
                if passes(error):
                    raise
                raise PluginError(
                    f"the zone source `{source.name}` failed: {error_text(error)}", source.plugin
                ) from error
        return ()


NO_ZONE_SOURCES = ZoneSources()
