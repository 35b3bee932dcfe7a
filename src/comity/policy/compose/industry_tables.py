"""What an industry gives to a policy: selectors, states, calendars, attributes by name, and keys of rules."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import attrs

from comity.policy.compose.composed import Composed, NamedTable
from comity.policy.compose.industry import NAMED, Industry
from comity.policy.model import Settings, settings_of


def add_industries(composed: Composed, industries: Mapping[str, Industry]) -> None:
    """Add what the industries of a policy, and of those that it extends, give; its own tables go first."""
    known = [industries[name] for name in composed.industries if name in industries]
    composed.industries = [industry.id for industry in known]
    composed.files += [each.document.path for each in known if each.document.path is not None]
    rules = composed.sections["rules"]
    for name, piece in rules.items():
        named = (piece.settings or settings_of(composed.meta)).industry
        industry = industries.get(named or "")
        if industry is not None:
            rules[name] = _with_defaults(piece, industry)
    for industry in known:
        for document, section in product(industry.documents, NAMED):
            for name, value in document.data.get(section, {}).items():
                origin = (document, (section, name))
                settings = Settings(industry=industry.id).within(settings_of(composed.meta))
                piece = NamedTable(value, origin, settings=settings, own=None)
                there = composed.sections[section].setdefault(name, piece)
                if there.own is not None and composed.meta.extends:
                    composed.replaced.setdefault((section, name), piece)


def _with_defaults(piece: NamedTable, industry: Industry) -> NamedTable:
    """Fill the keys of a rule that its policy leaves out."""
    kind = piece.value.get("kind")
    defaults = industry.rule_defaults(kind) if isinstance(kind, str) else {}
    missing = {key: given for key, given in defaults.items() if key not in piece.value}
    values = {key: value for key, (value, _) in missing.items()}
    places = {key: (industry.document, path) for key, (_, path) in missing.items()}
    return attrs.evolve(piece, value={**piece.value, **values}, keys={**piece.keys, **places})
