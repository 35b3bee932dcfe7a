"""What came before an event, for selectors that ask: state per scope, one for every such selector."""

from __future__ import annotations

from comity.events import Channels, Event
from comity.online.fields import Scope, scopes_of
from comity.plan import NEVER, Preceded
from comity.zones import Zone, find_zones


class Lookback:
    """The latest unlifted events of a `preceded-by`, as many as it asks for."""

    def __init__(self, preceded: Preceded, channels: Channels) -> None:
        self.roles = (preceded.event, NEVER if preceded.until is None else preceded.until)
        self._preceded = preceded
        self._scopes = scopes_of(preceded.per, channels)
        self._states: dict[Scope, list[int]] = {}

    def holds(self, event: Event) -> bool:
        """Tell whether enough events lie before, in one of the event's scopes."""
        least, span = self._preceded.at_least, self._preceded.span
        start: int | None = None
        for scope in self._scopes(event):
            seen = self._states.get(scope)
            if seen is not None and len(seen) >= least:
                if span is None:
                    return True
                if start is None:
                    start = span.start(self._zone(event), event.at)
                if seen[-least] >= start:
                    return True
        return False

    def remember(self, event: Event, selected: bool, lifting: bool) -> None:
        """Forget what is lifted, keep what is selected."""
        for scope in self._scopes(event):
            if lifting:
                self._states.pop(scope, None)
            if selected:
                seen = self._states.setdefault(scope, [])
                seen.append(event.at)
                if len(seen) > self._preceded.at_least:
                    del seen[0]

    def _zone(self, event: Event) -> Zone | None:
        return find_zones(event.timezone)[0] if event.timezone else self._preceded.zone
