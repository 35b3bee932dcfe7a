"""Everything built in, offered through the same hooks as in any plugin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from comity.events.channels.builtin_channels import BUILTIN_CHANNELS
from comity.events.channels.channel import Channel
from comity.kinds.contact_hours import ContactHours
from comity.kinds.contact_window import ContactWindow
from comity.kinds.forbidden import Forbidden
from comity.kinds.maximum_contacts import MaximumContacts
from comity.kinds.maximum_gap import MaximumGap
from comity.kinds.maximum_share import MaximumShare
from comity.kinds.message_style import MessageStyle
from comity.kinds.minimum_gap import MinimumGap
from comity.kinds.requires import Requires
from comity.kinds.response_window import ResponseWindow
from comity.kinds.stop_after import StopAfter
from comity.kinds.thank_you_window import ThankYouWindow
from comity.plugins.hooks import hookimpl
from comity.policy.model import RuleKind

if TYPE_CHECKING:
    from comity.events.zone_sources import ZoneSource
    from comity.formatters.formatter import Formatter
    from comity.plugins.command import Command
    from comity.policy.compose.industry import Industry
    from comity.readers.mapping.profile import Profile
    from comity.readers.reader import Reader

INDUSTRIES = {
    "clinical-laboratory": "Clinical laboratories",
    "customer-care": "Customer care",
    "education": "Schools",
    "fundraising": "Fundraising",
    "health-care": "Health care",
    "marketing": "Marketing by written messages",
    "outreach": "Outreach",
    "products": "Products and their notifications",
    "public-relations": "Public relations",
    "recruiting": "Recruiting",
    "research": "Research",
    "sales": "Sales",
    "surveys": "Surveys",
    "telemarketing": "Telemarketing",
}
"""The industries of the shipped policies, with their titles."""


@hookimpl
def comity_channels() -> Iterable[Channel]:
    """Phone, voicemail, video, email, sms, mms, rcs, chat, push, social, letter, in-person."""
    return BUILTIN_CHANNELS


@hookimpl
def comity_rule_kinds() -> Iterable[type[RuleKind]]:
    """Return the kinds of the language, version 1."""
    return (
        ResponseWindow,
        ThankYouWindow,
        MinimumGap,
        MaximumGap,
        MaximumContacts,
        MaximumShare,
        ContactHours,
        ContactWindow,
        StopAfter,
        Requires,
        Forbidden,
        MessageStyle,
    )


@hookimpl
def comity_readers() -> Iterable[Reader]:
    """CSV, TSV, JSON Lines, JSON and Parquet."""
    from comity.readers import BUILTIN_READERS

    return BUILTIN_READERS


@hookimpl
def comity_mappings() -> Iterable[Profile]:
    """Return the mappings for exports of some products: Salesforce tasks, HubSpot calls and e-mails."""
    from comity.readers.mapping.profile import profiles_in

    return list(profiles_in(Path(__file__).parent.parent / "readers" / "profiles"))


@hookimpl
def comity_industries() -> Iterable[Industry]:
    """Return the industries of the shipped policies: they share words, and the rest comes from plugins."""
    from comity.policy.compose.industry import Word, industries_with

    # here people withdraw from a position or a study, which says nothing about other contacts
    withdrawal = {"withdrawal": Word("a person withdraws", ("withdraw", "withdrawn"))}
    own = dict.fromkeys(("recruiting", "research", "clinical-laboratory"), withdrawal)
    return industries_with("contact", INDUSTRIES, own)


@hookimpl
def comity_zones() -> Iterable[ZoneSource]:
    """Return nothing: the zone of an event itself needs no plugin."""
    return ()


@hookimpl
def comity_commands() -> Iterable[Command]:
    """Return nothing: comity's own commands are in `cli`."""
    return ()


@hookimpl
def comity_formatters() -> Iterable[Formatter]:
    """Text, JSON, JSON Lines and CSV."""
    from comity.formatters.builtin import BUILTIN_FORMATTERS

    return BUILTIN_FORMATTERS


@hookimpl
def comity_policy_folders() -> Iterable[Path]:
    """Return the policies that come with comity: inside the package, or beside it in a source tree."""
    package = Path(__file__).parent.parent
    folders = (package / "policies", package.parent.parent / "policies")
    return [folder for folder in folders if folder.is_dir()][:1]
