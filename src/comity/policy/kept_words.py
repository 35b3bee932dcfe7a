"""Inherited rules that require something else now, but keep the words and the sources that they had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comity.notices import Notice
from comity.policy.compose.composed import Composed
from comity.policy.model import Policy


def kept_words(policy: Policy, composed: Composed) -> Iterator[Notice]:
    """Yield a notice for each rule whose title, reason or sources are older than what it requires."""
    for rule_id, piece in sorted(composed.sections["rules"].items()):
        rule = policy.rules[rule_id]
        if piece.outdated and rule.common.enabled:
            changed, kept = _listed(piece.changed), _listed(piece.outdated)
            yield Notice(
                "words-kept",
                f"the rule `{rule_id}` of `{policy.id}` has another {changed} than the policy that it is "
                f"inherited from, and still has the {kept} from there, which may not be true of it",
                rule=f"{policy.id}/{rule_id}",
                help=f"write {kept} in the rule as well, even where they stay the same",
            )


def _listed(keys: Sequence[str]) -> str:
    *most, last = (f"`{key}`" for key in keys)
    return f"{', '.join(most)} and {last}" if most else last
