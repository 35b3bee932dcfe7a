"""How a log may be split so that each part can be judged alone: by the fields that rules have in common."""

from __future__ import annotations

import attrs

from comity.plan.plan import Plan, PlannedRule
from comity.records import frozen


@frozen
class SplitKey:
    """Fields whose values split a log, and the rules that judge each part alone."""

    fields: tuple[str, ...]
    """All events with the same values of these fields must stay together; without any, the whole log must."""
    rules: tuple[str, ...]
    """The rules, as `policy/rule`."""
    first: bool = True
    """Whether this is the pass that also tells what is known of the log: rejected rows, notices, counts."""

    def shown(self) -> str:
        """Return the fields as a message names them."""
        return " and ".join(f"`{name}`" for name in self.fields) or "nothing (all rows in one piece)"


def split_key(rule: PlannedRule) -> tuple[str, ...]:
    """Return the fields whose values keep together all events that a rule may look at together."""
    pers = (rule.per, *(look.per for look in rule.lookbacks()))
    # An event with several matters is in the scope of each, so that matters do not split a log.
    common = set.intersection(*map(set, pers)) - {"matter"}
    return ("person",) if "person" in common else tuple(sorted(common))


def by_split_key(plan: Plan) -> dict[tuple[str, ...], Plan]:
    """Return the rules of a plan by their split keys."""
    keys = dict.fromkeys(map(split_key, plan.rules))
    parts = {key: tuple(rule for rule in plan.rules if split_key(rule) == key) for key in keys}
    return {key: attrs.evolve(plan, rules=rules) for key, rules in parts.items()}


def split_keys(plan: Plan) -> tuple[SplitKey, ...]:
    """Return the passes that a split log takes; that by person, if there is one, is the first."""
    # Without any rule there are still rows to read, and to tell about.
    parts = by_split_key(plan) or {("person",): plan}
    ordered = sorted(parts, key=lambda key: key != ("person",))
    return tuple(
        SplitKey(key, tuple(rule.name for rule in parts[key].rules), first=number == 0)
        for number, key in enumerate(ordered)
    )
