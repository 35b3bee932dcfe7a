"""Notices about events that lack a field of a rule's scopes, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from comity.diagnostics.facts import Facts
from comity.notices import Notice

_WHAT: Final = {
    "pool": "share a scope as if they had the same value",
    "alone": "are each judged alone",
    "skip": "are left out",
}
_HELP: Final = 'give it to them, or write `absent = "alone"` or `absent = "skip"` in the rule'


def missing_in_scopes(facts: Facts) -> Iterator[Notice]:
    """Yield a notice for each rule and each field of its `per` that events lack."""
    absent = {rule.name: rule.absent for rule in facts.plan.rules}
    for rule, tally in facts.summary.by_rule.items():
        what = absent.get(rule, "pool")
        for field, count in sorted(tally.lacking.items()):
            events = "1 event of rule `{}` has" if count == 1 else f"{count:,} events of rule `{{}}` have"
            message = f"{events.format(rule)} no value in its field `{field}`: such events {_WHAT[what]}"
            help = _HELP if what == "pool" else None
            yield Notice("scope-field-missing", message, rule=rule, count=count, help=help)
