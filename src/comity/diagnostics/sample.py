"""The first events of a log, for what the census does not have: attributes, actors, matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Final

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.events.sources import Source
from comity.events.values import attribute_text
from comity.plan import Field, Preceded, Selector

MOST: Final = 100_000
"""How many events are read, so that a long log is not read a second time."""


class Sample:
    """Reads the first events of a source when they are first needed.

    The online back end is imported only then: most audits by columns do not need it.
    """

    def __init__(self, source: Source, channels: Channels) -> None:
        self._source = source
        self._channels = channels
        self._is_sample: bool = getattr(source, "is_sample", False)

    @cached_property
    def events(self) -> Sequence[Event]:
        """The events, in the order of the log."""
        again = getattr(self._source, "again", None)
        source = self._source if again is None else again()
        return list(islice(chain.from_iterable(source.batches()), MOST))

    @property
    def whole(self) -> bool:
        """Whether these are all events of the log."""
        return not self._is_sample and len(self.events) < MOST

    def among(self) -> str:
        """Return what these events are, for messages."""
        if self.whole:
            return "the log"
        return f"a sample of {len(self.events):,} events" if self._is_sample else f"the first {MOST:,} events"

    def passing(self, selector: Selector) -> list[Event]:
        """Return the events that pass a selector, as far as it looks at the event alone."""
        from comity.online.operators.selectors import EventTest, compile_selector
        from comity.online.operators.states.memory import Memory

        def never(preceded: Preceded) -> EventTest:
            raise AssertionError("INVARIANT: only what looks at the event alone is asked here")

        test, nothing = compile_selector(selector, self._channels, never), Memory([], [])
        return [event for event in self.events if test(event, nothing)]

    def values(self, field: Field, events: Sequence[Event]) -> Counter[str]:
        """Count the values that events have in a field; attributes as they are written."""
        from comity.online.operators.fields import values_of

        found: Counter[str] = Counter()
        read = values_of(field, self._channels)
        for event in events:
            if field.attribute:
                raw = event.attributes.get(field.name)
                text = None if raw is None else attribute_text(raw)
                found.update([] if text is None else [text])
            else:
                found.update(map(str, read(event)))
        return found
