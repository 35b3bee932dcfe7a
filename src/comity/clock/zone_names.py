"""Names of time zones: which are refused, which have no summer time, and which were probably meant."""

from __future__ import annotations

import re
import zoneinfo
from functools import lru_cache
from typing import Final

from comity.texts.late_patterns import late_pattern

OF_THE_MACHINE: Final = frozenset({"localtime", "posixrules", "factory"})
"""Names, case-folded, whose meaning depends on the machine."""
_VARIANTS: Final = late_pattern(r"(?:posix|right)/+(.*)", re.IGNORECASE | re.DOTALL)
"""Copies of the zones on some machines, without or with leap seconds."""
FIXED: Final = {
    "EST": "America/New_York",
    "MST": "America/Denver",
    "HST": "Pacific/Honolulu",
    "GMT": "Europe/London",
}
"""Zones without summer time whose names are often written for zones that may have it."""
_ETC: Final = late_pattern(r"Etc/GMT([+-])(\d+)")
_NEAR: Final = 0.8
"""How similar to the name of a city a text must be: a less similar one may be hours away."""
_OFFSET: Final = late_pattern(r"(?:UTC|GMT)? ?([+-])(\d\d?)(?::?(\d\d))?", re.IGNORECASE | re.ASCII)
_DIGITS: Final = late_pattern(r"\d")
_IST: Final = ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem")
_MEANT: Final[dict[str, tuple[str, ...]]] = {
    "z": ("UTC",),
    "utc": ("UTC",),
    "gmt": ("UTC", "Europe/London"),
    "zulu": ("UTC",),
    "est": ("America/New_York",),
    "edt": ("America/New_York",),
    "et": ("America/New_York",),
    "eastern": ("America/New_York",),
    "eastern time": ("America/New_York",),
    "eastern standard time": ("America/New_York",),
    "cst": ("America/Chicago", "Asia/Shanghai"),
    "cdt": ("America/Chicago",),
    "ct": ("America/Chicago",),
    "central": ("America/Chicago",),
    "central time": ("America/Chicago",),
    "central standard time": ("America/Chicago",),
    "mst": ("America/Denver", "America/Phoenix"),
    "mdt": ("America/Denver",),
    "mt": ("America/Denver",),
    "mountain": ("America/Denver",),
    "mountain time": ("America/Denver",),
    "mountain standard time": ("America/Denver",),
    "us mountain standard time": ("America/Phoenix",),
    "pst": ("America/Los_Angeles",),
    "pdt": ("America/Los_Angeles",),
    "pt": ("America/Los_Angeles",),
    "pacific": ("America/Los_Angeles",),
    "pacific time": ("America/Los_Angeles",),
    "pacific standard time": ("America/Los_Angeles",),
    "akst": ("America/Anchorage",),
    "akdt": ("America/Anchorage",),
    "alaskan standard time": ("America/Anchorage",),
    "hst": ("Pacific/Honolulu",),
    "hdt": ("Pacific/Honolulu", "America/Adak"),
    "hawaiian standard time": ("Pacific/Honolulu",),
    "ast": ("America/Halifax", "Asia/Riyadh"),
    "adt": ("America/Halifax",),
    "atlantic standard time": ("America/Halifax",),
    "nst": ("America/St_Johns",),
    "ndt": ("America/St_Johns",),
    "newfoundland standard time": ("America/St_Johns",),
    "brt": ("America/Sao_Paulo",),
    "art": ("America/Argentina/Buenos_Aires",),
    "clt": ("America/Santiago",),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "gmt standard time": ("Europe/London",),
    "wet": ("Europe/Lisbon",),
    "west": ("Europe/Lisbon",),
    "cet": ("Europe/Paris",),
    "cest": ("Europe/Paris", "Europe/Berlin"),
    "mez": ("Europe/Berlin",),
    "mesz": ("Europe/Berlin",),
    "met": ("Europe/Berlin",),
    "mest": ("Europe/Berlin",),
    "romance standard time": ("Europe/Paris",),
    "w. europe standard time": ("Europe/Berlin",),
    "central europe standard time": ("Europe/Budapest",),
    "central european standard time": ("Europe/Warsaw",),
    "eet": ("Europe/Helsinki", "Europe/Athens"),
    "eest": ("Europe/Helsinki", "Europe/Athens"),
    "msk": ("Europe/Moscow",),
    "trt": ("Europe/Istanbul",),
    "sast": ("Africa/Johannesburg",),
    "eat": ("Africa/Nairobi",),
    "wat": ("Africa/Lagos",),
    "cat": ("Africa/Maputo",),
    "gst": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "pkt": ("Asia/Karachi",),
    "ist": _IST,
    "india standard time": ("Asia/Kolkata",),
    "ict": ("Asia/Bangkok",),
    "wib": ("Asia/Jakarta",),
    "sgt": ("Asia/Singapore",),
    "hkt": ("Asia/Hong_Kong",),
    "china standard time": ("Asia/Shanghai",),
    "pht": ("Asia/Manila",),
    "jst": ("Asia/Tokyo",),
    "tokyo standard time": ("Asia/Tokyo",),
    "kst": ("Asia/Seoul",),
    "awst": ("Australia/Perth",),
    "acst": ("Australia/Adelaide", "Australia/Darwin"),
    "acdt": ("Australia/Adelaide",),
    "aest": ("Australia/Sydney", "Australia/Brisbane"),
    "aedt": ("Australia/Sydney",),
    "aus eastern standard time": ("Australia/Sydney",),
    "nzst": ("Pacific/Auckland",),
    "nzdt": ("Pacific/Auckland",),
    "new zealand standard time": ("Pacific/Auckland",),
}
"""Abbreviations and names of other systems, case-folded, with the zones that they may mean."""
_OTHERWISE: Final = "write an IANA name such as `Europe/Paris` or an offset such as `+05:30`"


def is_refused(name: str) -> bool:
    """Return whether a name means different zones on different machines."""
    return name.casefold() in OF_THE_MACHINE or _VARIANTS.fullmatch(name) is not None


def advice(name: str) -> str:
    """Say which zone was probably meant by an unknown text; never one that is hours away."""
    folded = " ".join(name.replace("_", " ").split()).casefold()
    if folded in OF_THE_MACHINE:
        return f"what it means depends on the machine; {_OTHERWISE}"
    variant = _VARIANTS.fullmatch(name)
    if variant is not None:
        known = _names().get(variant[1].casefold())
        return f"not every machine has it; write `{known}`" if known else _OTHERWISE
    meant = _MEANT.get(folded, ())
    if len(meant) == 1:
        return f"did you mean `{meant[0]}`?"
    if meant:
        several = ", ".join(f"`{each}`" for each in meant[:-1])
        return f"it stands for several: write {several} or `{meant[-1]}`"
    offset = _OFFSET.fullmatch(name.strip())
    if offset is not None and int(offset[2]) < 24 and int(offset[3] or 0) < 60:
        return f"did you mean `{offset[1]}{int(offset[2]):02}:{int(offset[3] or 0):02}`?"
    near = _near(folded)
    return f"did you mean `{near}`?" if near else _OTHERWISE


def _near(folded: str) -> str | None:
    """Return the zone with this name, or with this city; case and spaces do not count."""
    wanted = folded.replace(" ", "_")
    if wanted in _names():
        return _names()[wanted]
    region, slash, city = wanted.rpartition("/")
    cities = {
        name.rpartition("/")[2]: name for name in _names() if not slash or name.startswith(region + "/")
    }
    if city in cities and len(city) > 3:
        return _names()[cities[city]]
    if not slash or _DIGITS.search(city):
        return None
    import difflib  # Only faults need it.

    near = difflib.get_close_matches(city, list(cities), n=1, cutoff=_NEAR)
    return _names()[cities[near[0]]] if near else None


def without_summer_time(name: str) -> str | None:
    """Say what the name of a zone lacks and which was probably meant; None if there is nothing to say."""
    meant = FIXED.get(name)
    if meant is not None:
        plainly = "`UTC` where that is meant, or " if name == "GMT" else ""
        return f"write {plainly}`{meant}`, or its offset where the clocks never change"
    etc = _ETC.fullmatch(name)
    if etc is not None and int(etc[2]):
        sign = "-" if etc[1] == "+" else "+"
        hours = int(etc[2])
        return (
            f"it is UTC{sign}{hours}, whatever its sign says: write `{sign}{hours:02}:00`, or a city's zone"
        )
    return None


@lru_cache(maxsize=4096)
def fixed_in(text: str | None) -> tuple[str, ...]:
    """List the zones in a text of one or several for which `without_summer_time` has something to say."""
    return tuple(dict.fromkeys(name for name in (text or "").split() if without_summer_time(name)))


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Return the known names by their case-folded form."""
    names = sorted(zoneinfo.available_timezones())
    return {name.casefold(): name for name in names if not is_refused(name)}
