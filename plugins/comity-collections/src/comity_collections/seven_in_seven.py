"""`seven-in-seven`: the call frequencies of 12 CFR 1006.14(b)(2), US Regulation F."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import attrs

from comity.plan import Count, Lookup, Not, Past, Selector, Wording, all_of
from comity.policy.kind import (
    FieldName,
    FieldType,
    Lowered,
    PrecededBy,
    RuleContext,
    SelectorRef,
    SelectorTable,
    SpanText,
    Test,
    selector_table,
)

CALLS: Final = 7
"""How many calls there may be in the period; the next one is one too many."""
PERIOD: Final = SpanText("7 calendar days")
"""Seven consecutive days, of which the day of the event itself is the first."""

NOTED: Final = [
    "note", "consent", "consent-withdrawn", "consent-over", "opt-out", "refusal", "cease-notice"
]  # fmt: skip
"""Kinds of what is only noted about a person: no calls, even where a log gives them a channel."""
CALL: Final = selector_table(
    {
        "any": [{"kind": ["call", "automated-call"]}, {"medium": "voice"}],
        "direction": "outbound",
        "not": {"kind": NOTED},
    }
)
CONVERSATION: Final = selector_table({"any": [{"kind": "conversation"}, {"outcome": "conversation"}]})
NOT_CONNECTED: Final = selector_table({"outcome": ["unconnected", "busy", "not-in-service"]})
CONSENT: Final = selector_table({"kind": "consent"})
CONSENT_ENDS: Final = selector_table(
    {"kind": ["consent-withdrawn", "consent-over", "opt-out", "refusal", "cease-notice"]}
)


@attrs.frozen
class SevenInSeven:
    """A `contact` breaks one of the two limbs of the rule on call frequency.

    With the limb `calls` it is one too many when seven others lie within seven consecutive days, its own day
    the last of them. With the limb `conversation` it is too early when a `conversation`, whoever began it,
    lies within seven consecutive days, the day of the conversation the first of them. Calls that were
    `not-connected` to the number dialled, and calls within seven days of a `consent` that no conversation
    and no `consent-ends` has ended, are neither judged nor counted.

    A conversation that names no debt is one about none (`general-conversation = "no-debt"`) or, in a rule
    that is per person, one about each (`"every-debt"`): a call is then too early after one that names no debt
    or one of its own, and not judged after those about other debts alone.
    """

    kind: ClassVar[str] = "seven-in-seven"

    limb: Literal["calls", "conversation"]
    contact: SelectorRef = CALL
    conversation: SelectorRef = CONVERSATION
    not_connected: SelectorRef = NOT_CONNECTED
    consent: SelectorRef = CONSENT
    consent_ends: SelectorRef = CONSENT_ENDS
    general_conversation: Literal["no-debt", "every-debt"] = "no-debt"

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a count or to none in the past."""
        contact = all_of(rule.contact(self.contact), Not(self._excluded(rule)))
        period = rule.span(PERIOD, "limb")
        if self.limb == "calls":
            wording = Wording(
                required=f"at most {CALLS} in {PERIOD}",
                message=f"The {{event}} makes {{measured}}; more than {CALLS} are presumed to harass.",
                nothing=f"in {PERIOD}",
            )
            return Lowered(contact, Count(rule.not_exempt(contact), CALLS, period, None, wording))
        wording = Wording(
            required=f"none for {PERIOD} after a conversation",
            message="The {event} came {measured} after the conversation `{evidence}`, whose day is the first "
            "of seven without a call.",
        )
        conversation = rule.selector(self.conversation, "conversation")
        if self.general_conversation == "every-debt":
            contact = all_of(contact, self._not_of_other_debts(rule))
        lookup = Lookup(conversation, within=period)
        return Lowered(contact, Past((lookup,), must_exist=False, wording=wording))

    def _excluded(self, rule: RuleContext) -> Selector:
        """Return the calls that 12 CFR 1006.14(b)(3) leaves out: by consent, and those not connected."""
        ends = SelectorTable(any=(self.conversation, self.consent_ends))
        consented = SelectorTable(preceded_by=PrecededBy(self.consent, PERIOD, ends))
        # what names no debt ends the consents about each, though it is in no debt's scope
        end = SelectorTable(tests={"matter": Test(exists=False)}, any=(self.consent_ends,))
        person = (FieldName("person"),)
        ended = SelectorTable(preceded_by=PrecededBy(end, per=person))
        all_ended = SelectorTable(preceded_by=PrecededBy(end, None, self.consent, per=person))
        anew = SelectorTable(any=(self.consent,), preceded_by=PrecededBy(end, per=person))
        given_anew = SelectorTable(preceded_by=PrecededBy(anew, None, ends), not_=all_ended)
        lasts = SelectorTable(any=(given_anew, SelectorTable(not_=ended)))
        holds = SelectorTable(any=(consented,), not_=SelectorTable(not_=lasts))
        return rule.selector(SelectorTable(any=(self.not_connected, holds)), "consent")

    def _not_of_other_debts(self, rule: RuleContext) -> Selector:
        """Return the calls that not all conversations of the period leave out, as being about other debts."""
        of_the_debt = PrecededBy(self.conversation, PERIOD, per=(FieldName("person"), FieldName("matter")))
        general = SelectorTable(tests={"matter": Test(exists=False)}, any=(self.conversation,))
        of_the_person = (FieldName("person"),)
        any_at_all = SelectorTable(preceded_by=PrecededBy(self.conversation, PERIOD, per=of_the_person))
        return rule.selector(
            SelectorTable(
                any=(
                    SelectorTable(preceded_by=of_the_debt),
                    SelectorTable(preceded_by=PrecededBy(general, PERIOD, per=of_the_person)),
                    SelectorTable(not_=any_at_all),
                )
            ),
            "general-conversation",
        )

    def declares(self) -> Mapping[str, FieldType]:
        """Declare no attributes."""
        return {}
