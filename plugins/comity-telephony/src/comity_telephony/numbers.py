"""Phone numbers: their E.164 form, and the time zones in which they may ring, after libphonenumber."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_UNKNOWN: Final = "Etc/Unknown"
"""What libphonenumber says where it knows no zone."""
_ISLANDS: Final = {
    "AG": "America/Antigua",
    "AI": "America/Anguilla",
    "AS": "Pacific/Pago_Pago",
    "BB": "America/Barbados",
    "BM": "Atlantic/Bermuda",
    "BS": "America/Nassau",
    "DM": "America/Dominica",
    "DO": "America/Santo_Domingo",
    "GD": "America/Grenada",
    "GU": "Pacific/Guam",
    "JM": "America/Jamaica",
    "KN": "America/St_Kitts",
    "KY": "America/Cayman",
    "LC": "America/St_Lucia",
    "MP": "Pacific/Saipan",
    "MS": "America/Montserrat",
    "PR": "America/Puerto_Rico",
    "SX": "America/Lower_Princes",
    "TC": "America/Grand_Turk",
    "TT": "America/Port_of_Spain",
    "VC": "America/St_Vincent",
    "VG": "America/Tortola",
    "VI": "America/St_Thomas",
}
"""The zone of each country with numbers of +1 that has one only (`zone.tab` of the time zone database).

For some of them libphonenumber says all zones of +1, for others none.
"""
_SHORTEST: Final = 7
"""Numbers with fewer digits and no country are more likely extensions, unless they are known to be in use."""


def normalise(address: str, region: str | None = None) -> str:
    """Return the E.164 form of a number, such as `+12025550100`; raises ValueError for another text.

    `region` is the country, such as `US`, of numbers that name none.
    """
    import phonenumbers

    text = address.strip().removeprefix("tel:").removeprefix("whatsapp:").removeprefix("rcs:")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            known = "no region is given" if region is None else f"the region `{region}` is not known"
            raise ValueError(f"it names no country, and {known}: write it as `+1…`, or give one") from None
        raise ValueError("it does not have the form of a phone number") from None
    possible = phonenumbers.is_possible_number_with_reason(number)
    short = len(str(number.national_number)) < _SHORTEST and not text.startswith("+")
    is_extension = short and not phonenumbers.is_valid_number(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE or is_extension:
        raise ValueError("it is too short or too long for its country")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def e164(text: str, region: str | None) -> str | None:
    """Return the E.164 form of what may be a number; None if it is not one."""
    try:
        return normalise(text, region)
    except ValueError:
        return None


def zones(attributes: Mapping[str, Any]) -> Sequence[str]:
    """Return all zones of the first attribute that is an international number."""
    import phonenumbers
    from phonenumbers import timezone

    for value in attributes.values():
        try:
            number = phonenumbers.parse(str(value), None)
        except phonenumbers.NumberParseException:
            continue
        found = [zone for zone in timezone.time_zones_for_number(number) if zone != _UNKNOWN]
        own = _ISLANDS.get(phonenumbers.region_code_for_number(number) or "")
        if own is not None and len(found) != 1:
            return (own,)
        if found:
            return found
    return ()
