"""Findings whose texts are made when somebody reads them: many are only counted, or written later."""

from __future__ import annotations

from typing import Any, Final

import attrs

from comity.events.event import Event
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator
from comity.online.operators.rule import Label
from comity.results.findings import Finding, WithMaker, sort_key

_FIELDS: Final = tuple(field.name for field in attrs.fields(Finding))
_set: Final = object.__setattr__
_make: Final[Any] = WithMaker.__dict__["_make"]


class UnreadFinding(Finding):
    """A finding that is not made yet; it becomes a plain `Finding` as soon as one of its fields is read.

    Making the texts takes longer than judging the event, so that a monitor whose findings are only counted
    or passed on does without.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        """Make the finding: Python asks here for a field that has no value yet."""
        if name not in _FIELDS:
            raise AttributeError(f"`{Finding.__name__}` has no `{name}`")
        return getattr(_read(self), name)

    def __eq__(self, other: object) -> bool:
        return bool(_read(self) == other)

    def __ne__(self, other: object) -> bool:
        return bool(_read(self) != other)

    def __hash__(self) -> int:
        return hash(_read(self))

    def __repr__(self) -> str:
        return repr(_read(self))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _read(self).__reduce_ex__(protocol)


def unread_finding(
    operator: AnyOperator, scope: Scope, event: Event, label: Label, facts: object, allowed_from: int | None
) -> Finding:
    """Return the finding of an operator about a breach, which is made once it is read."""
    unread: Finding = _new(UnreadFinding)
    _keep(unread, (operator, scope, event, label, facts, allowed_from))
    return unread


_new: Final[Any] = object.__new__
_keep: Final[Any] = _make.__set__


def _read(unread: Finding) -> Finding:
    """Make a finding in its place."""
    try:
        kept = _make.__get__(unread)
    except AttributeError:  # It is a copy of one, and has all its fields.
        kept = None
    if kept is not None:
        operator, *given = kept
        made = operator.finding(*given)
        for name in _FIELDS:
            _set(unread, name, getattr(made, name))
    _set(unread, "__class__", Finding)
    _keep(unread, None)
    return unread


def order_of(finding: Finding) -> tuple[object, ...]:
    """Return the key by which findings about one event are sorted, without making an unread one."""
    kept = _make.__get__(finding) if type(finding) is UnreadFinding else None
    if kept is None:
        return sort_key(finding, 0)[3:]
    operator, scope, *_ = kept
    rule = operator.rule
    return rule.policy, rule.id, tuple((value is not None, value or "") for value in scope)
