"""Who called whom: which of two numbers is the person, and the direction of the call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, NamedTuple

from comity import UsageError
from comity.readers import LogFormat, ReaderOption
from comity_telephony.numbers import e164

OPTIONS: Final = (
    ReaderOption(
        "me", "NUMBER", "A number or extension that is ours, such as +12025550100 or 2??.", multiple=True
    ),
    ReaderOption("region", "CC", "The country of numbers that name none, such as US."),
)
_CODE: Final = re.compile(r"\*[0-9*#]{0,4}")
"""What is dialled for a service of the switch itself, such as `*97` for one's voicemail."""
_SPECIAL: Final = re.compile(rf"[shiotafe]|{_CODE.pattern}", re.IGNORECASE)
"""Extensions that a switch has for itself, such as `s`, where calls from outside arrive, or `*97`."""


class Parties(NamedTuple):
    """The two ends of a call as the fields of an event."""

    person: str
    actor: str
    direction: str
    number: str | None
    """The person's number in E.164; None if it is not a number."""


class OwnNumbers:
    """Our own numbers and extensions, and the country of numbers that name none."""

    def __init__(self, log: LogFormat) -> None:
        self._patterns = tuple(log.options.get("me", ()))
        self._region = _region(log.options.get("region", ()))
        self.knows = bool(self._patterns)
        """Whether any number is known to be ours."""
        self.written = lru_cache(maxsize=1 << 16)(self._written)
        """Gives the E.164 form of what may be a number; None if it is not one."""
        self.is_ours = lru_cache(maxsize=1 << 16)(self._is_ours)
        """Tells whether a number or extension is one of ours."""

    def _written(self, text: str) -> str | None:
        return e164(text, self._region)

    def _is_ours(self, text: str) -> bool:
        forms = {text, self.written(text) or text}
        patterns = {
            form for pattern in self._patterns for form in (pattern, self.written(pattern) or pattern)
        }
        return any(fnmatchcase(form, pattern) for form in forms for pattern in patterns)

    def parties(self, caller: str, called: str) -> Parties:
        """Tell who the person is.

        A call from one of ours is outbound to the one that was called, one to us from elsewhere is inbound
        from the caller, and one that stays among us or that touches none of us has no direction. Where none
        is known to be ours, the caller acts and the one that was called is the person, unless that is an
        extension that a switch has for itself.
        """
        if not self.knows:
            if _SPECIAL.fullmatch(called) and caller:
                return self._from(caller, called)
            return self._to(caller, called, "outbound")
        if self.is_ours(caller):
            return self._to(
                caller, called, "none" if self.is_ours(called) or _CODE.fullmatch(called) else "outbound"
            )
        if self.is_ours(called) or _SPECIAL.fullmatch(called):
            return self._from(caller, called)
        return self._to(caller, called, "none")

    def towards(self, caller: str, called: str, direction: str) -> Parties:
        """Tell who the person is where the log says the direction."""
        return self._from(caller, called) if direction == "inbound" else self._to(caller, called, direction)

    def _to(self, caller: str, called: str, direction: str) -> Parties:
        number = self.written(called)
        return Parties(number or called, self.written(caller) or caller, direction, number)

    def _from(self, caller: str, called: str) -> Parties:
        number = self.written(caller)
        return Parties(number or caller, self.written(called) or called, "inbound", number)


def _region(given: Sequence[str]) -> str | None:
    """Return the country of numbers that name none; raises UsageError for another text."""
    if not given:
        return None
    from phonenumbers import SUPPORTED_REGIONS

    region = given[-1].strip().upper()
    if region not in SUPPORTED_REGIONS:
        raise UsageError(f"the region `{given[-1]}` is not a country: write two letters, such as US or GB")
    return region
