"""Strptime patterns: what they must name so that no part of a time is lost, and texts read by them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from comity.clock.instants import Precision, datetime_to_micros
from comity.clock.zones import UTC, Zone
from comity.errors import EventError

_DIRECTIVE: Final = re.compile(r"%(.)", re.DOTALL)
_CLOCK: Final = frozenset("HIMSfp")
_WHOLE_DATES: Final[tuple[tuple[str, ...], ...]] = (
    ("Yy", "mbB", "d"),
    ("Yy", "j"),
    ("G", "V", "uwaA"),
    ("Y", "UW", "uwaA"),
)
"""Ways to write a whole date; each takes one letter of every group."""
_LOCAL: Final = {"c": "%a %b %d %H:%M:%S %Y", "x": "%m/%d/%y", "X": "%H:%M:%S"}
"""Directives that depend on the machine's locale, and what they stand for in the locale C."""
_NEEDS: Final = (
    ("p", "I", "`%p` (AM or PM) goes with `%I`, the hour of twelve: with `%H` it is ignored"),
    ("I", "p", "`%I` is an hour from 1 to 12, and no `%p` says whether AM or PM: write `%H`"),
    ("M", "HI", "the minutes `%M` stand without an hour"),
    ("S", "M", "the seconds `%S` stand without minutes"),
    ("f", "S", "the fraction `%f` stands without seconds"),
)
"""A directive, the directives of which it needs one, and the message where it has none."""
_NAME: Final = re.compile(r"[A-Za-z]+")


def is_pattern(text: str) -> bool:
    """Return whether a format is a pattern."""
    return "%" in text


def pattern_faults(text: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a pattern, each with advice."""
    found = [letter for letter in _DIRECTIVE.findall(text) if letter != "%"]
    try:
        dt.datetime.strptime("", text)
    except ValueError as error:
        if "does not match" not in str(error):
            yield f"`{text}` is not a strptime pattern: {error}", ""
            return
    except (IndexError, KeyError, TypeError, re.error):
        yield f"`{text}` is not a strptime pattern", ""
        return
    for letter, instead in _LOCAL.items():
        if letter in found:
            yield (
                f"`%{letter}` is read in another way on machines of another language",
                f"write each part of the texts, such as `{instead}`",
            )
            return
    if not any(all(any(one in found for one in group) for group in way) for way in _WHOLE_DATES):
        yield f"`{text}` does not name a whole date", "it needs a year, a month and a day, such as `%Y-%m-%d`"
    for letter, others, message in _NEEDS:
        if letter in found and not any(other in found for other in others):
            yield message, "write `%I:%M %p` for `02:05 PM`, `%H:%M:%S.%f` for `14:05:00.5`"


class Pattern:
    """Reads texts by one pattern."""

    def __init__(self, text: str, zones: Mapping[str, Zone]) -> None:
        """Prepare a pattern; `zones` are the zones of the names that `%Z` reads, besides UTC and GMT."""
        self._text = text
        self._zones = {"UTC": UTC, "GMT": UTC, "Z": UTC} | {
            name.upper(): zone for name, zone in zones.items()
        }
        found = _DIRECTIVE.findall(text)
        self._named = "Z" in found
        self._plain = _DIRECTIVE.sub(lambda one: "UTC" if one[1] == "Z" else one[0], text)
        """The pattern for texts in which `UTC` replaces the name of a zone."""
        self.precision: Precision = "local" if _CLOCK & set(found) else "date"
        """That of texts without an offset."""
        self._found = frozenset(found)
        self._by_week = bool(self._found & set("UWV"))

    def read(self, text: str) -> tuple[int, Precision]:
        """Return microseconds, in UTC or as a wall clock shows them; raises EventError for another form."""
        if not self._named:
            micros, precision = datetime_to_micros(self.parts(text))
            return micros, precision if precision == "instant" else self.precision
        unknown = None
        for name in _NAME.finditer(text):
            value = self._parse(f"{text[: name.start()]}UTC{text[name.end() :]}", self._plain)
            if value is None:
                continue
            zone = self._zones.get(name[0].upper())
            if zone is not None:
                return zone.wall_to_instant(datetime_to_micros(value.replace(tzinfo=None))[0])[0], "instant"
            unknown = name[0]
        if unknown is not None:
            raise EventError(
                f"`{text}` names the zone `{unknown}`, which stands for several zones or for none: say "
                f'which in the mapping, `zones = {{ {unknown} = "-05:00" }}`'
            )
        raise EventError(f"`{text}` is not of the form `{self._text}`")

    def parts(self, text: str) -> dt.datetime:
        """Return the date and time that a text writes, without a named zone; raises EventError."""
        value = self._parse(text, self._text)
        if value is None:
            raise EventError(f"`{text}` is not of the form `{self._text}`")
        return value

    def _parse(self, text: str, pattern: str) -> dt.datetime | None:
        try:
            value = dt.datetime.strptime(text, pattern)
        except (ValueError, OverflowError):
            return None
        return None if self._is_beyond(value, text, pattern) else value

    def _is_beyond(self, value: dt.datetime, text: str, pattern: str) -> bool:
        """Return whether a text names a day or week that its year does not have, but the next year has."""
        if self._by_week:
            year = value.isocalendar().year if "V" in self._found else value.year
            return f"{year:04}" not in text
        for place in re.finditer("366", text) if "j" in self._found else ():
            with suppress(ValueError, OverflowError):
                before = dt.datetime.strptime(f"{text[: place.start()]}365{text[place.end() :]}", pattern)
                if before.year != value.year:
                    return True
        return False


class NamedZones:
    """Splits ISO 8601 texts from the name of a zone at their end."""

    def __init__(self, zones: Mapping[str, Zone]) -> None:
        self._zones = {name.upper(): zone for name, zone in zones.items()}

    def split(self, text: str) -> tuple[str, Zone | None]:
        """Return a text without the name of a zone at its end, and that zone (None where it has no name)."""
        name = re.search(r" ?([A-Za-z]+)$", text)
        zone = None if name is None else self._zones.get(name[1].upper())
        return (text, None) if zone is None or name is None else (text[: name.start()], zone)
