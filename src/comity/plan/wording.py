"""The messages about a broken requirement, and how their templates are filled, for all back ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Final

from comity.clock.instants import DAY, day_to_date
from comity.clock.zones import Zone
from comity.plan.time.calendars import WEEKDAYS
from comity.records import frozen

_SLOT = re.compile(r"\{(event|measured|evidence|due)\}")


@frozen
class Wording:
    """The texts about a broken requirement; `{event}`, `{measured}`, `{evidence}`, `{due}` are filled in."""

    required: str
    """The requirement in the rule's own units."""
    message: str
    """One sentence."""
    pending: str = ""
    """One sentence for a response that is still open."""
    nothing: str = "none"
    """What was measured if nothing was found."""
    unknown: str = ""
    """One sentence for an event that lacks what the rule needs."""

    def of(self, status: str) -> str:
        """Return the sentence for the status of a finding."""
        if status == "violation":
            return self.message
        by_status = {"pending": self.pending, "indeterminate": self.unknown}
        return by_status.get(status) or self.message


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its slots filled; slots in the values are not filled."""
    return _formats(template) % values


_LEFT: Final = ("measured", "evidence", "due")
Sentence = tuple[str, Callable[[tuple[str, str, str]], object]]
"""A template for `%` formatting, and what picks its values from measured, evidence and due."""


def about_event(template: str, event: str) -> Sentence:
    """Return a template with the name of the event filled in and the other slots left."""
    pieces = template_pieces(template)
    texts = [
        "%s" if is_slot and piece != "event" else (event if is_slot else piece).replace("%", "%%")
        for is_slot, piece in pieces
    ]
    places = [_LEFT.index(piece) for is_slot, piece in pieces if is_slot and piece != "event"]
    return "".join(texts), itemgetter(*places) if places else lambda values: ()


@lru_cache(maxsize=1024)
def _formats(template: str) -> str:
    """Return a template for `%` formatting."""
    pieces = template_pieces(template)
    return "".join([f"%({piece})s" if is_slot else piece.replace("%", "%%") for is_slot, piece in pieces])


@lru_cache(maxsize=1024)
def template_pieces(template: str) -> tuple[tuple[bool, str], ...]:
    """Split a template into texts and the slots between them."""
    return tuple((number % 2 == 1, piece) for number, piece in enumerate(_SLOT.split(template)))


def describe_event(kind: str, channel: str) -> str:
    """Return the name of an event for a message, from its canonical kind and channel."""
    return kind if channel == "unspecified" else f"{kind} by {channel}"


def describe_wall(zones: tuple[Zone, ...], instant: int) -> str:
    """Return what the wall clocks of some zones show: `Tue 2025-03-04 07:59 in Europe/Paris`."""
    parts = []
    for zone in zones:
        day, time = divmod(zone.wall(instant), DAY)
        minutes, rest = divmod(time, 60_000_000)
        seconds, fraction = divmod(rest, 1_000_000)
        clock = f"{minutes // 60:02}:{minutes % 60:02}"
        clock += (f":{seconds:02}" if rest else "") + (f".{fraction:06}" if fraction else "")
        parts.append(f"{WEEKDAYS[(day + 3) % 7].title()} {day_to_date(day)} {clock} in {zone.name}")
    return " and ".join(parts)
