"""Many events as operators take them, one after another."""

from __future__ import annotations

from comity.online.operators.fields import Scope
from comity.online.operators.rule import EventRef, Flags
from comity.online.operators.states.memory import ScopeStates

Play = tuple[bool, bool, Flags]
"""Whether an operator judges an event, whether it remembers it, and the roles that the event plays."""


class Turns:
    """Columns with one value for each event and each of its scopes, in order."""

    __slots__ = ("kinds", "rows", "scopes", "seen", "states")

    def __init__(self) -> None:
        self.rows: list[int] = []
        """The numbers of the events in the batch."""
        self.seen: list[EventRef] = []
        """What is remembered of them."""
        self.scopes: list[Scope] = []
        self.states: list[ScopeStates] = []
        """The states of the scopes."""
        self.kinds: list[int] = []
        """What is done with an event, as a number."""
