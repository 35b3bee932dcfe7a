"""Calendars as lines and components: which belongs to which, and whether all that was begun is ended."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from typing import Final

import attrs

from comity import InputError
from comity_mail.raw import pieces

MOST_LINE_BYTES: Final = 8192
"""Bytes of a property that is needed: a person with all parameters has below 1,000."""
MOST_OPEN: Final = 32
"""How deep components may nest: an alarm in an event in a calendar is three."""
ZONE: Final = "VTIMEZONE"
EVENT: Final = "VEVENT"
_ALONE: Final = ("VCALENDAR", EVENT, ZONE)
"""Components that are never in one of their own sort."""
_NAME: Final = re.compile(r"[ \t]*([A-Za-z0-9-]+)[ \t]*(?=[;:])")
_PARAMETER: Final = re.compile(r';[ \t]*([A-Za-z0-9-]+)[ \t]*=[ \t]*((?:"[^"]*"|[^";:])*+)')
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
NEEDED: Final = frozenset(
    (
        *("UID", "SUMMARY", "LOCATION", "STATUS", "CATEGORIES", "ATTENDEE", "ORGANIZER", "RRULE", "RDATE"),
        *("DTSTART", "DTEND", "RECURRENCE-ID", "TZID", "TZOFFSETFROM", "TZOFFSETTO"),
        *("EXDATE", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED"),
    )
)
"""The properties that are read; all others are passed over."""
_OUTLINE: Final = ("UID", "DTSTART", "RECURRENCE-ID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE")
_LOOKS_NEEDED: Final = re.compile(rf"({'|'.join(sorted(NEEDED))})\b", re.IGNORECASE)


@attrs.frozen
class UnfoldedLine:
    """A line of a calendar, unfolded."""

    number: int
    """Where it begins."""
    text: str
    is_cut: bool = False
    """It is longer than what is kept."""


@attrs.frozen
class Property:
    """A property of a component: its value as it is written, and its parameters by name, in capitals."""

    value: str
    params: dict[str, str] = attrs.field(factory=dict)

    @property
    def words(self) -> str:
        """Return the value as text, without escapes, on one line."""
        plain = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], self.value)
        return " ".join(plain.split())


class PropertyError(ValueError):
    """A property that is needed cannot be read; the text says which and why."""


@attrs.define
class Component:
    """An event or a time zone, or what is in one."""

    name: str
    number: int
    """The line that it begins on."""
    lines: dict[str, list[UnfoldedLine]] = attrs.field(factory=dict)
    inner: list[Component] = attrs.field(factory=list)
    method: str = ""
    """What the calendar that it is in asks for, such as `CANCEL`."""
    bad: UnfoldedLine | None = None
    """A line that should be a needed property and is not one."""

    def add(self, name: str | None, line: UnfoldedLine) -> None:
        """Take a line of it, `name` being that of the property, if it is one."""
        if name in NEEDED:
            self.lines.setdefault(name, []).append(line)
        elif name is None and _LOOKS_NEEDED.match(line.text):
            self.bad = self.bad or line

    def outline(self) -> Component:
        """Return it with what other events must know of it alone."""
        kept = {name: lines for name, lines in self.lines.items() if name in _OUTLINE}
        return Component(self.name, self.number, kept)

    def all(self, name: str) -> list[Property]:
        """Return the properties of a name; raises PropertyError where one cannot be read."""
        return [_property(name, line) for line in self.lines.get(name, ())]

    def first(self, name: str) -> Property | None:
        """Return the first property of a name; raises PropertyError where it cannot be read."""
        return next((_property(name, line) for line in self.lines.get(name, ())), None)


def lines_of(stream: BufferedIOBase, encoding: str | None) -> Iterator[UnfoldedLine]:
    """Unfold a calendar's lines; of each, no more is kept than a needed property may have."""
    if encoding is not None:
        stream = io.BytesIO(stream.read().decode(encoding, "replace").encode())
    kept, size, first, number = bytearray(), 0, 0, 0
    for piece, begins in pieces(stream):
        number += begins
        piece = (piece.removeprefix(b"\xef\xbb\xbf") if number == 1 else piece).rstrip(b"\r\n")
        if begins and piece[:1] not in (b" ", b"\t"):
            if not piece:
                continue
            if size:
                yield _line(first, kept, size)
            kept, size, first = bytearray(), 0, number
        elif begins:
            piece = piece[1:]
        size += len(piece)
        kept += piece[: max(0, MOST_LINE_BYTES - len(kept))]
    if size:
        yield _line(first, kept, size)


def _line(number: int, kept: bytearray, size: int) -> UnfoldedLine:
    text = kept.replace(b"\0", b"").decode("utf-8", "replace")
    return UnfoldedLine(number, text, size > MOST_LINE_BYTES)


def components(lines: Iterable[UnfoldedLine], *wanted: str) -> Iterator[Component]:
    """Yield the components of some names, whatever they are in.

    Raises InputError where one never ends, another is ended than was begun, and for what is in none.
    """
    stack: list[Component] = []
    kept = 0
    method = ""
    for line in lines:
        found = _NAME.match(line.text)
        name = found[1].upper() if found else None
        value = line.text[found.end() + 1 :].strip().upper() if found else ""
        if name == "BEGIN":
            _check_begin(stack, value, line)
            component = Component(value, line.number, method=method)
            if kept:
                stack[-1].inner.append(component)
            elif value in wanted:
                kept = len(stack) + 1
            stack.append(component)
        elif name == "END":
            if not stack or stack[-1].name != value:
                raise InputError(_wrong_end(stack, value, line))
            ended = stack.pop()
            method = method if stack else ""
            if kept > len(stack):
                kept = 0
                yield ended
        elif not stack:
            if name != "X-COMMENT":
                raise InputError(f"it is not an iCalendar file: line {line.number} is `{line.text[:60]}`")
        elif kept:
            stack[-1].add(name, line)
        elif name == "METHOD" and len(stack) == 1:
            method = value
    if stack:
        raise InputError(f"the calendar is cut short: {_called(stack[-1])} never ends")


def _check_begin(stack: list[Component], value: str, line: UnfoldedLine) -> None:
    if value in _ALONE:
        other = next((each for each in stack if each.name == value), None)
        if other is not None:
            raise InputError(
                f"the calendar is damaged: {_called(other)} is not ended before line {line.number}"
            )
    if len(stack) >= MOST_OPEN:
        raise InputError(f"the calendar nests more than {MOST_OPEN} deep on line {line.number}")


def _called(component: Component) -> str:
    return f"the `{component.name[:60]}` of line {component.number}"


def _wrong_end(stack: list[Component], value: str, line: UnfoldedLine) -> str:
    ended = f"`END:{value[:60]}` of line {line.number}"
    if not stack:
        return f"the calendar is damaged: {ended} ends nothing"
    return f"the calendar is cut short or damaged: {_called(stack[-1])} is not ended before the {ended}"


def _property(name: str, line: UnfoldedLine) -> Property:
    where = f"`{name}` of line {line.number}"
    if line.is_cut:
        raise PropertyError(f"{where} is longer than {MOST_LINE_BYTES:,} bytes")
    found = _NAME.match(line.text)
    place = found.end() if found else 0
    params: dict[str, str] = {}
    while (parameter := _PARAMETER.match(line.text, place)) is not None:
        params.setdefault(parameter[1].upper(), parameter[2].strip().replace('"', ""))
        place = parameter.end()
    if line.text[place : place + 1] != ":":
        raise PropertyError(f"{where} is `{line.text[:60]}`, which cannot be read")
    return Property(line.text[place + 1 :].strip(), params)
