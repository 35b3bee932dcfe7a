"""`maximum-share`: of some events, no more than a share may be of one sort."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import gcd
from typing import ClassVar, Final

from comity.plan import Share, Wording, all_of
from comity.plan.constraints.share import shown_share
from comity.plan.selectors import FieldType, never_both
from comity.policy.kind import Lowered, Percentage, Positive, RuleContext, SelectorRef, SpanText
from comity.records import frozen

_PERCENT: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%", re.ASCII)
_MOST_DIGITS: Final = 12


@frozen
class MaximumShare:
    """In each `window`, the `of` events that are `contact` events, too, are at most a `share` of them.

    Where no event can be both, since they ask for different words of a field, the `contact` events are
    counted beside the `of` events: bounces beside e-mails.

    A window that is a period, such as `same day`, is judged when it is over; any other one at each contact.
    """

    kind: ClassVar[str] = "maximum-share"

    contact: SelectorRef
    of: SelectorRef
    share: Percentage
    window: SpanText
    at_least: Positive = Positive(1)

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a share."""
        whole = rule.selector(self.of, "of")
        contact = rule.contact(self.contact)
        apart = never_both(contact, whole)
        # What could be one of the whole and is not is no part of it, else a share could be over 100%.
        contact = rule.not_exempt(contact if apart else all_of(contact, whole))
        window = rule.span(self.window, "window")
        share = _read_share(rule, self.share)
        part, events = _noun(rule, self.contact), _noun(rule, self.of)
        what = f"`{part}`" if part else "such contacts"
        of = f"`{events}` events" if events else "events"
        in_window = f"in the {self.window}" if self.window.startswith("same ") else f"in {self.window}"
        least = "" if self.at_least == 1 else f", from {self.at_least} on"
        of_all = f"`{events}`" if events else "all events"
        required = f"{what} at most {shown_share(share)} of {of_all} {in_window}{least}"
        said = f"{{measured}} {of} {in_window} are {what}"
        if apart:
            said = f"{what[:1].upper()}{what[1:]} {in_window} come to {{measured}}, beside {of}"
        most = f"at most {shown_share(share)} may be"
        wording = Wording(
            required=required,
            message=f"{said}; {most}. The last is the {{event}}.",
            pending=f"{said} so far; {most} when it ends, at {{due}}. The last is the {{event}}.",
        )
        return Lowered(contact, Share(contact, whole, share, self.at_least, window, wording))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}


def _noun(rule: RuleContext, ref: SelectorRef) -> str:
    """Name a selector for a message: its own name, the outcome or the kind that it asks for, or nothing."""
    test = None if isinstance(ref, str) else ref.tests.get("outcome")
    if test is not None and test.one_of and len(test.one_of) == 1:
        return str(test.one_of[0])
    return rule.noun(ref, "")


def _read_share(rule: RuleContext, text: str) -> tuple[int, int]:
    """Read a share such as `3%` or `0.5%`; a fault stands at its key."""
    written = _PERCENT.fullmatch(text.strip())
    if written is None or len(written[1]) > _MOST_DIGITS:
        rule.fault(
            "bad-value", f"`{text}` is not a share", "share", help="write a percentage such as `3%` or `0.5%`"
        )
        return (0, 1)
    digits, _, decimals = written[1].partition(".")
    numerator, denominator = int(digits + decimals), 100 * 10 ** len(decimals)
    if numerator > denominator:
        rule.fault("bad-value", f"`{text}` is more than the whole", "share", help="a share is at most `100%`")
    return numerator // gcd(numerator, denominator), denominator // gcd(numerator, denominator)
