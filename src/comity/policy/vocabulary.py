"""The names that policies can use: those of comity itself and those of plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from comity.budgets import DEFAULT_BUDGETS, PolicyBudgets
from comity.events.channels.channel import Channels
from comity.events.zone_sources import NO_ZONE_SOURCES, ZoneSources
from comity.policy.compose.industry import Industry
from comity.policy.compose.search import SearchPath
from comity.policy.model import RuleKind
from comity.records import frozen
from comity.requirements import LeftOut, in_use


def no_advice(what: str, name: str) -> str:
    """Return no advice."""
    return ""


@frozen(eq=False)
class Vocabulary:
    """What policies can name."""

    kinds: Mapping[str, type[RuleKind]]
    search: SearchPath = SearchPath()
    """Where policies are found by id."""
    channels: Channels = attrs.field(factory=Channels)
    industries: Mapping[str, Industry] = attrs.field(factory=dict)
    zone_sources: ZoneSources = NO_ZONE_SOURCES
    advise: Callable[[str, str], str] = no_advice
    """Says which plugin would provide something (`rule kind`, `industry`) with a name; empty if unknown."""
    left_out: LeftOut = in_use
    """Says why an installed plugin that a policy requires is not in use."""
    plugins: Mapping[str, str] = attrs.field(factory=dict)
    """For each rule kind that is not built in, its plugin."""
    budgets: PolicyBudgets = DEFAULT_BUDGETS
    """The limits on the work that a policy may need."""
