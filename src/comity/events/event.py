"""Events: what happened between two parties, and the words that are compared alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import attrs

from comity.clock.instants import aware, check_range, check_unit, format_instant
from comity.clock.zones import find_zones
from comity.errors import EventError, UsageError, one_of, shown, suggest, told
from comity.events.values import Instant, Scalar, read_at, read_matters, read_scalar, read_text
from comity.texts.identity import escaped, folded, has_invisible, identity
from comity.texts.spelling import near, squeeze

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
"""Fields that are compared after case folding, with dashes, `_` and spaces alike."""
IDENTITIES: Final = ("person", "actor", "matter")
"""Fields that say who or what an event is about: composed (NFC), visible and trimmed, see `identity`."""
CLEANED: Final = (*IDENTITIES, "kind", "channel", "direction", "outcome")
"""Fields of which characters that show nothing are no part, wherever they are read or compared."""
DIRECTIONS: Final = ("outbound", "inbound", "none")
MEDIA: Final = ("voice", "written", "post", "in-person")

DIRECTION_WORDS: Final = {
    **{word: word for word in DIRECTIONS},
    **dict.fromkeys(("out", "outgoing", "sent"), "outbound"),
    **dict.fromkeys(("in", "incoming", "received"), "inbound"),
}
"""The words that readers take for a direction."""

NO_ATTRIBUTES: Final[Mapping[str, Scalar]] = MappingProxyType({})


class _Marked:
    """Has room for what is known of an event beside its fields; most events need none."""

    __slots__ = ("_taken_from",)


@attrs.frozen(slots=True, init=False)
class Event(_Marked):
    """One thing that happened between two parties.

    Persons, actors and matters are trimmed and brought to one way of writing; all other texts stand as they
    were written, and comparisons fold them. `Event.of` reads looser forms.
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
    date_only: bool = False
    """Whether `at` is the beginning of a day of which nothing says at what time the event was."""

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
        attributes: Mapping[str, Scalar] = NO_ATTRIBUTES,
        label: str | None = None,
        date_only: bool = False,
    ) -> None:
        """Take the values of the fields; `at` may be a datetime with a zone or a text with an offset, too.

        What is of another type is kept as it is given, and refused by whoever is given the event. Raises
        EventError where the person is empty.
        """
        # What attrs makes for a frozen class sets each field by a call, which takes 1.6 us in all. With a
        # class that is open while the fields are set it takes 0.8 us, and audits make an event of each row.
        own: Any = self
        final: type[Any] = type(self)
        _set(self, "__class__", _Open if final is Event else _open(final))
        if type(person) is str and person.isascii() and person and person.strip() is person:
            own.person = person
        else:
            own.person = _settled_person(person)
            if own.person is not person and own.person != person:
                _mark(own, "person", person)
        own.at = at if type(at) is int else _instant(at)
        own.id = id
        own.kind = kind
        own.channel = channel
        own.direction = direction
        own.outcome = outcome
        if actor is None or (type(actor) is str and actor.isascii() and actor.strip() is actor):
            own.actor = actor
        else:
            own.actor = _settled(actor)
            if own.actor is not actor and own.actor != actor:
                _mark(own, "actor", actor)
        if not matter:
            own.matter = matter
        else:
            own.matter = _settled_matters(matter)
            if own.matter is not matter and own.matter != matter:
                _mark(own, "matter", *matter)
        own.timezone = timezone
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
        """Return what is there as values that JSON has, `at` as text in UTC; `Event.of` reads it back."""
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
        """Make an event of a mapping of fields; those that not every event has become attributes.

        `at` is a datetime with a time zone, an ISO 8601 text with an offset, or whole microseconds since
        1970-01-01T00:00:00Z; `matter` is a text or several; `timezone` a text or a ZoneInfo. None and empty
        texts are absent. Names of fields may be written in any case, and with space, `-` or `_` between
        words, as columns of logs may. Raises EventError for what is missing or unusable, and for a name that
        is near that of a field: in `attributes` it may stand.
        """
        try:
            given = {name: value for name, value in fields.items() if value is not None and value != ""}
        except Exception as error:
            given = _present(fields, error)
        own = given.pop("attributes", NO_ATTRIBUTES)
        if not isinstance(own, Mapping) or not all(isinstance(name, str) for name in (*given, *own)):
            raise EventError("the names of fields and attributes are texts, and `attributes` a mapping")
        attributes = dict(own)
        if further := [name for name in given if name not in _GIVEN]:
            meant = _fields_meant(tuple(given), further)
            for name in further:
                if name in meant:
                    given[meant[name]] = given.pop(name)
                else:
                    attributes[name] = given.pop(name)
        for name in ("person", "at"):
            if name not in given:
                raise EventError(f"the event has no `{name}`")
        made: dict[str, Any] = {
            name: read_text(name, value) for name, value in given.items() if name in _TEXTS
        }
        made["at"] = read_at(given["at"])
        if "direction" in made:
            made["direction"] = parse_direction(made["direction"])
        if "matter" in given:
            made["matter"] = read_matters(given["matter"])
        if "timezone" in given:
            zone = given["timezone"]
            made["timezone"] = read_text("timezone", getattr(zone, "key", zone))
            find_zones(made["timezone"])
        if given.get("date_only", False) is not False:
            if given["date_only"] is not True:
                raise EventError(f"`date_only` is {shown(given['date_only'])}: it is true or false")
            made["date_only"] = True
        if attributes:
            given = {name: value for name, value in attributes.items() if value is not None}
            made["attributes"] = {name: read_scalar(name, value) for name, value in given.items()}
        return cls(**made)


_set: Final = object.__setattr__
_marked: Final[set[str]] = set()
"""Fields from which characters that show nothing were taken out in any event so far."""


def _mark(event: Any, field: str, *texts: Any) -> None:
    """Keep what is taken out of a field of an event that is being made."""
    for text in texts:
        if isinstance(text, str) and has_invisible(text):
            _marked.add(field)
            event._taken_from = {**getattr(event, "_taken_from", {}), field: escaped(text)}


def taken_from(event: Event) -> Mapping[str, str]:
    """Return the fields in which characters that show nothing count for nothing, with what was written."""
    found: dict[str, str] = {}
    if _marked:
        found |= getattr(event, "_taken_from", {})
    for name in ("kind", "channel", "direction", "outcome"):
        text = getattr(event, name)
        if isinstance(text, str) and not text.isascii() and has_invisible(text):
            found[name] = escaped(text)
    return found


def count_taken(events: Sequence[Event]) -> Mapping[str, tuple[int, str]]:
    """Count the events from which something was taken out, by field, each with the first example of them."""
    counts: dict[str, tuple[int, str]] = {}
    for event in events if _marked else ():
        for field, written in getattr(event, "_taken_from", {}).items():
            count, example = counts.get(field, (0, written))
            counts[field] = count + 1, min(example, written)
    return counts


def _open(final: type[Any]) -> type[Any]:
    """Return the class of events whose fields are being set, which has the means of `object` for that."""
    if final not in _OPENED:
        own = {"__slots__": (), "__setattr__": _set, "__delattr__": object.__delattr__, "__hash__": None}
        _OPENED[final] = type(final.__name__, (final,), own)
    return _OPENED[final]


_OPENED: Final[dict[Any, type[Any]]] = {}
"""By the class that the event is of in the end, which is mostly Event itself."""
_Open: Final[type[Any]] = _open(Event)


def _instant(at: Any) -> int:
    """Read an instant that is no integer; what cannot be read is left to `check_event`."""
    try:
        return read_at(at)
    except EventError:
        return at  # type: ignore[no-any-return]


def _settled(text: str) -> str:
    """Bring a text that says who or what to one way of writing; what is no text is left to `check_event`."""
    given: object = text
    return identity(given) if isinstance(given, str) else text


def _settled_person(person: str) -> str:
    """Bring a person to one way of writing; raises EventError where nothing is left of them."""
    settled = _settled(person)
    left: object = settled
    if isinstance(left, str) and not left:
        raise EventError(f"`person` is {shown(person)}: it is a text that is not empty")
    return settled


def _settled_matters(matter: tuple[str, ...]) -> tuple[str, ...]:
    """Bring each matter to one way of writing; what are no texts is left to `check_event`."""
    given: object = matter
    return tuple(map(_settled, given)) if isinstance(given, tuple) else matter


def _present(fields: Any, error: Exception) -> dict[Any, Any]:
    """Return the fields that are there, where the plain way to ask failed; raises EventError."""
    if not isinstance(fields, Mapping):
        raise EventError(f"`{type(fields).__name__}` is no event: `Event.of` takes a mapping of fields")
    try:
        return {name: value for name, value in fields.items() if not _is_absent(value)}
    except Exception:
        raise EventError(f"the fields of the event cannot be read: {told(error)}") from error


def _is_absent(value: Any) -> bool:
    """Return whether a value stands for nothing, also one that is neither equal nor unequal (`pandas.NA`)."""
    if value is None:
        return True
    try:
        return bool(value == "")
    except Exception:
        return type(value).__name__ == "NAType"


EventLike = Event | Mapping[str, Any] | Sequence[Any]
"""An event, a mapping of its fields, or a row of them."""
_TEXTS: Final = ("person", "id", "kind", "channel", "direction", "outcome", "actor", "label")
_GIVEN: Final = frozenset({*_TEXTS, "at", "matter", "timezone", "date_only"})
_SQUEEZED: Final = {squeeze(name): name for name in sorted(_GIVEN)}


@lru_cache(maxsize=4096)
def _field_meant(name: str) -> str | None:
    """Return the field that a name stands for in another spelling; raises EventError for one that is near."""
    if squeeze(name) in _SQUEEZED:
        return _SQUEEZED[squeeze(name)]
    meant = near(name, _SQUEEZED)
    if meant is not None:
        raise EventError(
            f"the event gives `{name}`, which is no field: did you mean `{_SQUEEZED[meant]}`? An attribute "
            "of that name is given in `attributes`"
        )
    return None


def _fields_meant(given: Collection[str], further: Iterable[str]) -> Mapping[str, str]:
    """Return the fields that names stand for in another spelling, those that are not given themselves."""
    found: dict[str, str] = {}
    for name in further:
        meant = _field_meant(name)
        if meant is None or meant in given:
            continue
        if meant in found.values():
            other = next(each for each in found if found[each] == meant)
            raise EventError(f"the event gives `{other}` and `{name}`, which could both be `{meant}`")
        found[name] = meant
    return found


def to_event(value: EventLike, fields: Sequence[str] | None = None) -> Event:
    """Return an event as it is, or make one of a mapping or, with the names of its fields, of a row.

    Raises EventError.
    """
    if isinstance(value, Event):
        check_event(value)
        return value
    if fields is not None and isinstance(value, Sequence) and not isinstance(value, str):
        if len(fields) != len(value):
            raise EventError(f"the row has {len(value)} values, and {len(fields)} fields are named")
        return Event.of(dict(zip(fields, value, strict=True)))
    if not isinstance(value, Mapping):
        keys = getattr(value, "keys", None)
        if keys is None:
            raise EventError(
                f"`{type(value).__name__}` is no event: allowed are `Event`, a mapping of fields, "
                "and a row where the names of its fields are given"
            )
        try:
            value = {name: value[name] for name in keys()}
        except Exception as error:
            raise EventError(f"the fields of the event cannot be read: {told(error)}") from error
    return Event.of(value)


def each_event(events: Any) -> Iterable[Any]:
    """Return what holds events; raises UsageError for what holds nothing."""
    if not isinstance(events, Iterable) or isinstance(events, Event | Mapping | bytes | bytearray):
        raise UsageError(f"`{type(events).__name__}` is no history: it holds events")
    return events


def check_names(fields: Any) -> Sequence[str] | None:
    """Return the names of the fields of rows; raises UsageError for what are none."""
    if fields is None:
        return None
    if not isinstance(fields, Sequence) or isinstance(fields, str | bytes):
        raise UsageError(f"the `fields` {shown(fields)} are no list of names")
    for name in fields:
        if not isinstance(name, str):
            raise UsageError(f"the field {shown(name)} is no text")
    return fields


def check_event(event: Event) -> None:
    """Raise EventError for an event that was made with values which its fields cannot have."""
    if type(event.at) is not int:
        read_at(event.at)
        raise EventError(f"the event's `at` is {shown(event.at)}: `Event.of` reads what is no integer")
    check_unit(check_range(event.at))
    for name in ("person", "kind", "channel", "direction"):
        read_text(name, getattr(event, name), only_text=True)
    for name in ("id", "outcome", "actor", "timezone", "label"):
        value = getattr(event, name)
        if value is not None and not isinstance(value, str):
            raise EventError(f"`{name}` is {shown(value)}: it is a text, or None where it is absent")
    matter: Any = event.matter
    if not isinstance(matter, tuple) or not all(isinstance(part, str) for part in matter):
        raise EventError(f"`matter` is {shown(matter)}: it is a tuple of texts")
    if not isinstance(event.attributes, Mapping):
        raise EventError(f"`attributes` are {shown(event.attributes)}: they are a mapping")
    try:
        for name, value in event.attributes.items():
            read_scalar(name, value)
    except EventError:
        raise
    except Exception as error:
        raise EventError(f"the event's attributes cannot be read: {told(error)}") from error
    if event.timezone:
        find_zones(event.timezone)
    if fold(event.direction) not in DIRECTIONS:
        raise EventError(f"`{event.direction}` is not a direction: allowed are {one_of(DIRECTIONS)}")


@attrs.frozen
class Channel:
    """A way to reach a person, its other names, and the medium that it is."""

    name: str
    medium: str | None = None
    aliases: tuple[str, ...] = ()
    normalise: Callable[[str, str | None], str] | None = attrs.field(default=None, kw_only=True)
    """Gives the one way in which an address is written, such as a phone number's E.164 form.

    It gets the address, and a region (`US`) for those that name no country. It raises ValueError.
    """
    extends: bool = attrs.field(default=False, kw_only=True)
    """Whether it adds aliases and a `normalise` to a channel that there is already."""


class Channels:
    """The channels that are known, by name and alias; other names stand for themselves."""

    def __init__(
        self, channels: Iterable[Channel] = (), advise: Callable[[str], str] = lambda channel: ""
    ) -> None:
        """Take channels, and what says which plugin writes the addresses of a channel."""
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
        """Return the medium of a canonical channel name, or None."""
        return self._media.get(name)

    def names(self) -> tuple[str, ...]:
        """List the canonical names."""
        return tuple(self._media)

    def normalise(self, channel: str, address: str, region: str | None = None) -> str:
        """Write an address as its channel has it; unchanged where the channel says nothing of addresses.

        `region` is a country code for addresses that name no country. Raises EventError for an address that
        is none.
        """
        normalise = self._normalise.get(self.name(channel))
        if normalise is None:
            return address.strip()
        try:
            return normalise(address.strip(), region)
        except ValueError as error:
            raise EventError(f"`{address}` is no address of the channel `{channel}`: {error}") from None

    def normalises(self, channel: str) -> bool:
        """Return whether a channel says how its addresses are written."""
        return self.name(channel) in self._normalise

    def address_fault(self, channel: str) -> tuple[str, str] | None:
        """Say why addresses of a channel cannot be brought to one form, and what to do; None if they can."""
        name = self.name(channel)
        if name in self._normalise:
            return None
        able = f"addresses can be of {one_of(sorted(self._normalise))}" if self._normalise else ""
        if name in self._media:
            message = f"nothing says how addresses of the channel `{channel}` are written"
        else:
            message = f"`{channel}` is no known channel"
            able = suggest(name, self._normalise) or able
        return message, "; ".join(filter(None, (self._advise(name), able)))

    def canonical(self, field: str, text: str) -> str:
        """Return the form in which a folded field's value is compared and shown."""
        return self.name(text) if field == "channel" else fold(text)


def fold(text: str) -> str:
    """Return the form in which kinds, channels, directions, outcomes and media are compared."""
    if text.isascii():
        return text.strip().casefold().replace("_", "-").replace(" ", "-")
    return folded(text)


def parse_direction(text: str) -> str:
    """Read a direction as logs write it; raises EventError for an unknown word."""
    folded = fold(text)
    if folded in DIRECTION_WORDS:
        return DIRECTION_WORDS[folded]
    hint = suggest(folded, DIRECTION_WORDS) or f"allowed are {one_of(DIRECTION_WORDS)}"
    raise EventError(f"`{text}` is not a direction: {hint}")


def attribute_text(value: Scalar) -> str | None:
    """Return the text of an attribute's value as it stands in a log, trimmed; None where it is empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() or None
