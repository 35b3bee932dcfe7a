"""All notices of an audit, in a fixed order."""

from __future__ import annotations

from comity.diagnostics.characters import characters_in_lists
from comity.diagnostics.columns import missing_columns
from comity.diagnostics.counted import counted
from comity.diagnostics.facts import Facts
from comity.diagnostics.repeated import repeated_events
from comity.diagnostics.scopes import missing_in_scopes
from comity.diagnostics.unjudged import unjudged
from comity.diagnostics.words.near_channels import near_channels
from comity.diagnostics.words.unheard import unheard_roles
from comity.diagnostics.words.unheard_values import unheard_values
from comity.notices import Notice


def notices_of(facts: Facts) -> tuple[Notice, ...]:
    """Return the notices of an audit; those that make its verdicts empty come first."""
    return (
        *unjudged(facts),
        *missing_columns(facts),
        *unheard_roles(facts),
        *unheard_values(facts),
        *near_channels(facts),
        *characters_in_lists(facts),
        *repeated_events(facts.summary),
        *counted(facts.summary),
        *missing_in_scopes(facts),
    )
