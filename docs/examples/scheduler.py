"""A scheduler that asks before each contact, sends what is allowed, and puts off what is not.

Contacts wait in a queue by the instant at which they are to be made. When one is due, the engine is asked
with the person's history: an allowed contact is sent and recorded, a denied one goes back into the queue at
`next_allowed`, and one that can never be made, or of which nothing is known, is held for somebody to look at.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable
from itertools import count

import attrs

from comity import Decision, Engine, Event, History


class Scheduler:
    """Follow-ups waiting for their time. Instants are microseconds since 1970-01-01T00:00:00Z."""

    def __init__(self, engine: Engine, send: Callable[[Event], None]) -> None:
        self.engine = engine
        self.histories: defaultdict[str, History] = defaultdict(History)
        self.held: list[tuple[Event, Decision]] = []
        """What a person must look at, with the reasons."""
        self.log: list[str] = []
        self._send = send
        self._queue: list[tuple[int, int, Event]] = []
        self._numbers = count()

    def record(self, event: Event) -> None:
        """Keep what happened: an interview, a reply, an opt-out; also where the news of it comes late."""
        self.histories[event.person].insert(event)

    def schedule(self, contact: Event) -> None:
        """Queue a contact for its instant."""
        heapq.heappush(self._queue, (contact.at, next(self._numbers), contact))

    @property
    def next_due(self) -> int | None:
        """The instant at which there is something to do."""
        return self._queue[0][0] if self._queue else None

    def run(self, now: int) -> None:
        """Do what is due."""
        while self._queue and self._queue[0][0] <= now:
            _, _, contact = heapq.heappop(self._queue)
            self._make(attrs.evolve(contact, at=now))

    def _make(self, contact: Event) -> None:
        decision = self.engine.decide(self.histories[contact.person], contact)
        if decision.allowed:
            self._send(contact)
            self.record(contact)
        elif decision.next_allowed is not None:
            self.schedule(attrs.evolve(contact, at=decision.next_allowed))
        else:
            self.held.append((contact, decision))
        self.log.append(f"{contact.id}: {decision.to_text()}")
