"""Measuring a composed policy against the budgets, before it is structured."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Final

from comity.budgets import PolicyBudgets, over_budget, parts_of
from comity.documents import Fault
from comity.policy.compose.composed import Composed

_PHRASES: Final = ("forbid-phrases", "require-phrases")
_NOUNS: Final = {
    "rules": "rules",
    "selectors": "tables in `[events]`, `[states]` and rules",
    "dates": "dates",
}


def passed_budgets(composed: Composed, budgets: PolicyBudgets) -> Iterator[Fault]:
    """Yield a fault for each budget that a policy exceeds, with everything that it extends."""
    counts: Counter[str] = Counter(files=len(composed.files), rules=len(composed.sections["rules"]))
    for section, pieces in composed.sections.items():
        for piece in pieces.values():
            for path, value in parts_of(piece.value):
                if isinstance(value, dict):
                    counts["selectors"] += section in ("events", "states", "rules")
                elif isinstance(value, dt.date):
                    counts["dates"] += 1
                elif isinstance(value, str) and path and path[0] in _PHRASES:
                    counts["phrases"] += 1
    for name, count in counts.items():
        budget = getattr(budgets, name)
        if count > budget:
            message, advice = over_budget(name, f"there are {count:,} {_NOUNS.get(name, name)}", budget)
            yield Fault("budget", message, help=advice)
