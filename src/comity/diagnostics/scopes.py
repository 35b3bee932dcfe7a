"""Notices about events that lack a field of a rule's scopes, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from comity.diagnostics.facts import Facts
from comity.notices import Notice

_WHAT: Final = {
    "pool": "and share a scope as if the same value stood there",
    "alone": "and are each judged alone",
    "skip": "and are left out",
}
_HELP: Final = 'give it to them, or write `absent = "alone"` or `absent = "skip"` in the rule'


def missing_in_scopes(facts: Facts) -> Iterator[Notice]:
    """Yield a notice for each rule and each field of its `per` that events lack."""
    absent = {rule.name: rule.absent for rule in facts.plan.rules}
    for rule, tally in facts.summary.by_rule.items():
        what = absent.get(rule, "pool")
        for field, count in sorted(tally.lacking.items()):
            message = f"{count:,} events of rule `{rule}` lack its field `{field}`, {_WHAT[what]}"
            help = _HELP if what == "pool" else None
            yield Notice("scope-field-missing", message, rule=rule, count=count, help=help)
