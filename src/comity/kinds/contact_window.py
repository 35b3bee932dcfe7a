"""`contact-window`: contacts must be in a window around an instant of their own, or outside of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from comity.plan import Around, Exists, Local, Wording, all_of
from comity.plan.selectors import FieldType
from comity.plan.time.offsets import Offset
from comity.policy.kind import FieldName, Lowered, OffsetText, RuleContext, SelectorRef
from comity.records import frozen


@frozen
class ContactWindow:
    """A `contact` must be between `from` and `to` of the instant in its field `around`; `deny`: outside.

    `allow = true` says the same as neither of the two. Contacts without such an instant are not judged. With
    `yearly`, the same date of every year counts.
    """

    kind: ClassVar[str] = "contact-window"

    contact: SelectorRef
    around: FieldName
    from_: OffsetText | None = None
    to: OffsetText | None = None
    allow: bool | None = None
    deny: bool = False
    yearly: bool = False

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a predicate of the instant."""
        contact = rule.contact(self.contact)
        field = rule.instant(self.around, "around")
        start = None if self.from_ is None else rule.offset(self.from_, "from")
        end = None if self.to is None else rule.offset(self.to, "to")
        self._check(rule, start, end)
        around = Around(self.around, start, end, inside=not self.deny, yearly=self.yearly)
        shown = around.shown()
        wording = Wording(
            required=f"not {shown}" if self.deny else shown,
            message="The {event} came {measured}; "
            + (f"none is allowed {shown}." if self.deny else f"allowed is {shown}."),
            unknown="The {event} was on {measured}, so that it is not known whether it came "
            + ("in a time without contact" if self.deny else "in the allowed time")
            + f" ({shown}).",
        )
        return Lowered(all_of(contact, Exists(field)), Local(around, wording))

    def _check(self, rule: RuleContext, start: Offset | None, end: Offset | None) -> None:
        if start is None and end is None:
            rule.fault("missing-key", "`from` and `to` are missing", help="give at least one of them")
        elif self.yearly and (start is None or end is None):
            key = "to" if start is None else "from"
            other = "from" if start is None else "to"
            message = f"`yearly` needs `{other}`, too: a window of every year has two ends"
            rule.fault("bad-value", message, key)
        if start is not None and end is not None and start.is_after(end):
            message = f"`from` (`{self.from_}`) is after `to` (`{self.to}`)"
            advice = f'write `from = "{self.to}"` and `to = "{self.from_}"`'
            rule.fault("bad-value", message, "from", help=advice)
        if self.allow is not None and self.deny:
            rule.fault("bad-value", "`allow` and `deny` exclude each other", "allow")
        elif self.allow is False:
            advice = "write `deny = true` to forbid contacts in the window"
            rule.fault("bad-value", "`allow = false` leaves nothing that is allowed", "allow", help=advice)
        for key, offset in (("from", start), ("to", end)):
            if self.yearly and offset is not None and offset.is_beyond_a_year():
                message = "a window of every year reaches at most a year away"
                rule.fault("bad-value", message, key)

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}
