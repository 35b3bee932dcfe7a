"""Faults that are found while policies are composed, and the paths that lead to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from comity.documents import Fault, written, wrong_type
from comity.policy.model import EffectiveDates, Metadata

AddFault = Callable[[Fault], None]
"""Takes each fault that is found."""
_WORDS: Final = {
    "attributes": "attribute",
    "events": "selector",
    "states": "state",
    "calendars": "calendar",
    "rules": "rule",
}


def under(fault: Fault, *path: str | int) -> Fault:
    """Return a fault below a path."""
    return Fault(fault.code, fault.message, *path, *fault.path, help=fault.help, of_key=fault.of_key)


def wrong_type_at(value: object, wanted: str, *path: str) -> Fault:
    """Make the fault of a value of a wrong type at a path."""
    return under(wrong_type(value, wanted), *path)


def report_under(report: AddFault, index: int, fault: Fault) -> None:
    """Report a fault of one of the policies that are extended."""
    report(under(fault, "policy", "extends", index))


def clash(section: str, name: str, index: int) -> Fault:
    """Make the fault of a name to which two extended policies give different contents."""
    return Fault(
        "conflict",
        f"the {_WORDS[section]} `{name}` comes from two extended policies with different contents",
        "policy",
        "extends",
        index,
        help=f"define `[{section}.{name}]` in this file",
    )


def check_effective(effective: EffectiveDates) -> list[Fault]:
    """Return the faults of dates that are not in order, and of none at all."""
    if effective.from_ is None and effective.through is None:
        return [Fault("bad-value", "`effective` names no date", help="give `from`, `through` or both")]
    if effective.from_ and effective.through and effective.from_ > effective.through:
        ends = f"`{written(effective.through)}` is before `{written(effective.from_)}`"
        return [Fault("bad-value", f"`effective` ends before it begins: {ends}")]
    return []


def check_review(checked: dt.date | None, review_by: dt.date | None) -> list[Fault]:
    """Check that a review is due after the last check; the path of a fault begins at the key."""
    if checked and review_by and review_by <= checked:
        message = f"`{written(review_by)}` is not after `{written(checked)}`, when it was checked"
        return [Fault("bad-value", message, "review-by", help="name the date by which to check it again")]
    return []


def check_for_inherited(meta: Metadata) -> list[Fault]:
    """Check that there are rules to inherit, and that the file has the settings which it gives to them."""
    if meta.for_inherited and not meta.extends:
        message = "`for-inherited` is about the rules of extended policies, and the file extends none"
        return [Fault("bad-value", message, "for-inherited", help="remove it, or add `extends`")]
    return [
        Fault(
            "missing-key",
            f"`for-inherited` names `{name}`, which the file does not set",
            "for-inherited",
            index,
            help=f"write `{name}` in [policy]",
        )
        for index, name in enumerate(meta.for_inherited)
        if getattr(meta, name) is None
    ]
