"""The event: one thing that happened between two parties."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import attrs

from comity.clock.instants import aware, format_instant
from comity.errors import EventError, shown
from comity.events.from_mapping import event_values
from comity.events.several import write_several
from comity.events.values import Instant, Scalar, read_at
from comity.opened import opened
from comity.texts.identity import escaped, has_invisible, identity

NO_ATTRIBUTES: Final[Mapping[str, Scalar]] = MappingProxyType({})
_SEVERAL: Final = frozenset({list, tuple})
_NOTHING_HIDDEN: Final[Mapping[str, str]] = MappingProxyType({})


class WithHidden:
    """Keeps what `Event` removed from its fields; not a field itself, so it is not compared or shown."""

    __slots__ = ("_hidden",)


@attrs.frozen(slots=True, init=False)
class Event(WithHidden):
    """One thing that happened between two parties.

    Persons, actors and matters are trimmed and written in one way. All other texts stay as they are written,
    and comparisons fold them. `Event.of` reads looser forms.
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
    """Where the person is: an IANA name or an offset, or several with spaces between them."""
    attributes: Mapping[str, Scalar] = NO_ATTRIBUTES
    """Lists of texts are kept as one text, a JSON array of them, sorted."""
    label: str | None = None
    """How findings call an event without an id, such as `#12`."""
    date_only: bool = False
    """Whether only the day is known: `at` is then the beginning of the day."""

    def __init__(
        self,
        person: str,
        at: Instant,
        id: str | None = None,
        kind: str = "contact",
        channel: str = "unspecified",
        direction: str = "outbound",
        outcome: str | None = None,
        actor: str | None = None,
        matter: tuple[str, ...] = (),
        timezone: str | None = None,
        attributes: Mapping[str, Scalar | Sequence[str]] = NO_ATTRIBUTES,
        label: str | None = None,
        date_only: bool = False,
    ) -> None:
        """Take the values of the fields; `at` may also be a datetime with a zone or a text with an offset.

        A value of another type is kept, and whoever receives the event refuses it. Raises EventError if the
        person is empty.
        """
        # Audits make an event of each row: 1.6 us with the `__init__` of attrs, 0.8 us with an open class.
        own: Any = self
        final: type[Any] = type(self)
        _set(self, "__class__", _OpenedEvent if final is Event else opened(final))
        own._hidden = _NOTHING_HIDDEN
        if type(person) is str and person.isascii() and person and person.strip() is person:
            own.person = person
        else:
            own.person = _canonical_person(person)
            if own.person is not person and own.person != person:
                own._hidden = _with_hidden(own._hidden, "person", person)
        own.at = at if type(at) is int else _instant(at)
        own.id = id
        own.kind = kind
        own.channel = channel
        own.direction = direction
        own.outcome = outcome
        if actor is None or (type(actor) is str and actor.isascii() and actor.strip() is actor):
            own.actor = actor
        else:
            own.actor = _canonical(actor)
            if own.actor is not actor and own.actor != actor:
                own._hidden = _with_hidden(own._hidden, "actor", actor)
        if not matter:
            own.matter = matter
        else:
            own.matter = _canonical_matters(matter)
            if own.matter is not matter and own.matter != matter:
                own._hidden = _with_hidden(own._hidden, "matter", *matter)
        own.timezone = timezone
        own.attributes = attributes
        if attributes is not NO_ATTRIBUTES:
            try:
                for value in attributes.values():
                    if type(value) in _SEVERAL:
                        own.attributes = _canonical_attributes(attributes)
                        break
            except Exception:  # `check_event` refuses what is not a mapping.
                own.attributes = attributes
        own.label = label
        own.date_only = date_only
        own.__class__ = final

    def __reduce__(self) -> tuple[Any, ...]:
        values = {field.name: getattr(self, field.name) for field in attrs.fields(Event)}
        return Event, tuple({**values, "attributes": dict(self.attributes)}.values())

    @property
    def event_at(self) -> dt.datetime:
        """`at` as a datetime in UTC."""
        return aware(self.at)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that have a value, in types that JSON has; `at` is a text in UTC.

        `Event.of` reads it back.
        """
        made: dict[str, Any] = {"person": self.person, "at": format_instant(self.at)}
        for name in ("id", "kind", "channel", "direction", "outcome", "actor"):
            if getattr(self, name) is not None:
                made[name] = getattr(self, name)
        if self.matter:
            made["matter"] = list(self.matter)
        if self.timezone is not None:
            made["timezone"] = self.timezone
        if self.attributes:
            made["attributes"] = dict(self.attributes)
        if self.label is not None:
            made["label"] = self.label
        if self.date_only:
            made["date_only"] = True
        return made

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Event:
        """Make an event of a mapping of fields; other names become attributes.

        `at` is a datetime with a time zone, an ISO 8601 text with an offset, or whole microseconds since
        1970-01-01T00:00:00Z. `matter` is a text or several, `timezone` a text or a ZoneInfo. None and empty
        texts are absent. Names of fields may have any case, and a space, `-` or `_` between words, as columns
        of logs have. Raises EventError for a missing or unusable value, and for a name that nearly is the
        name of a field: such an attribute can be given in `attributes`.
        """
        return cls(**event_values(fields))


_set: Final = object.__setattr__
_hidden: Final = attrgetter("_hidden")


def _with_hidden(hidden: Mapping[str, str], field: str, *texts: object) -> Mapping[str, str]:
    """Add a field of which invisible characters were removed, with the text that was written, escaped."""
    for text in texts:
        if isinstance(text, str) and has_invisible(text):
            hidden = {**hidden, field: escaped(text)}
    return hidden


def hidden_in(event: Event) -> Mapping[str, str]:
    """Return the fields that were written with invisible characters, each with its escaped text."""
    found: dict[str, str] = dict(_hidden(event))
    for name in ("kind", "channel", "direction", "outcome"):
        text = getattr(event, name)
        if isinstance(text, str) and not text.isascii() and has_invisible(text):
            found[name] = escaped(text)
    return found


def count_hidden(events: Sequence[Event]) -> Mapping[str, tuple[int, str]]:
    """Count, for each field that identifies, the events written with invisible characters.

    Each count comes with the first example by code points.
    """
    counts: dict[str, tuple[int, str]] = {}
    for hidden in map(_hidden, events):
        for field, written in hidden.items():
            count, example = counts.get(field, (0, written))
            counts[field] = count + 1, min(example, written)
    return counts


_OpenedEvent: Final[type[Any]] = opened(Event)


def _instant(at: Any) -> int:
    """Read an instant that is not an integer; `check_event` refuses what cannot be read."""
    try:
        return read_at(at)
    except EventError:
        return at  # type: ignore[no-any-return]


def _canonical(text: str) -> str:
    """Write a text that says who or what in one way; `check_event` refuses what is not a text."""
    given: object = text
    return identity(given) if isinstance(given, str) else text


def _canonical_attributes(attributes: Mapping[str, Any]) -> Mapping[str, Scalar]:
    """Write lists as texts."""
    return {
        name: write_several(value) if type(value) in _SEVERAL else value for name, value in attributes.items()
    }


def _canonical_person(person: str) -> str:
    """Write a person in one way; raises EventError if nothing visible is left."""
    canonical = _canonical(person)
    left: object = canonical
    if isinstance(left, str) and not left:
        raise EventError(f"`person` is {shown(person)}: it must be a text that is not empty")
    return canonical


def _canonical_matters(matter: tuple[str, ...]) -> tuple[str, ...]:
    """Write each matter in one way; `check_event` refuses what is not a tuple of texts."""
    given: object = matter
    return tuple(map(_canonical, given)) if isinstance(given, tuple) else matter
