"""Which policies, and which of their rules, are to be held against their sources again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from comity.documents import load_document
from comity.errors import PolicyError
from comity.records import frozen

AGE: Final = dt.timedelta(days=365)
"""After so long a check is to be done again where no `review-by` says when."""


@frozen
class DueReview:
    """A policy, or one of its rules, that is due."""

    policy: str
    rule: str | None
    checked: dt.date | None
    due: dt.date
    """The date of its `review-by`, or a year after it was `checked`."""
    path: Path

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON shows."""
        checked = None if self.checked is None else self.checked.isoformat()
        return {
            **attrs.asdict(self),
            "path": str(self.path),
            "checked": checked,
            "due": self.due.isoformat(),
        }


def due_reviews(policy: str, path: Path, today: dt.date) -> Iterator[DueReview]:
    """Yield what of a policy's own file is due on a date: the policy, then its rules in their order.

    A rule's own dates go before those of the policy; a rule without any is due with the policy. Rules whose
    `effective` ended are history and never due. Of a file that cannot be read nothing is due.
    """
    try:
        data = load_document(path).data
    except (OSError, PolicyError):
        return
    meta = data.get("policy", {})
    if (found := _due(meta)) is not None and found[1] <= today:
        yield DueReview(policy, None, *found, path)
    rules = data.get("rules", {})
    for name, rule in rules.items() if isinstance(rules, dict) else ():
        if isinstance(rule, dict) and not _is_history(rule, today):
            found = _due(rule)
            if found is not None and found[1] <= today:
                yield DueReview(policy, name, *found, path)


def says_when(path: Path) -> bool:
    """Return whether a policy's file says when it was checked, or when it is to be."""
    try:
        return _due(load_document(path).data.get("policy", {})) is not None
    except (OSError, PolicyError):
        return False


def _due(table: object) -> tuple[dt.date | None, dt.date] | None:
    """Return when a table was checked, and when it is due; None where it says neither."""
    if not isinstance(table, Mapping):
        return None
    checked, review = (_date(table.get(key)) for key in ("checked", "review-by"))
    due = review or (None if checked is None else checked + AGE)
    return None if due is None else (checked, due)


def _is_history(rule: Mapping[str, object], today: dt.date) -> bool:
    dates = rule.get("effective")
    through = _date(dates.get("through")) if isinstance(dates, Mapping) else None
    return through is not None and through < today


def _date(value: object) -> dt.date | None:
    return value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None
