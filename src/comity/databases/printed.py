"""Policies as SQL to print: the statement with its sentences, refusals at their places, and the stretches."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from comity.clock.instants import date_to_day
from comity.engine import Engine
from comity.errors import PolicyError, Problem, UsageError
from comity.plan import Plan
from comity.plan.sentences import Sentences
from comity.policy.lower.lower import lower_selectors, lower_states
from comity.readers import Mapping as LogMapping
from comity.readers.mapping.mapping import FieldRule
from comity.records import frozen
from comity.sql.clocks import Clocks
from comity.sql.dialects.dialect import Dialect
from comity.sql.refused import NotCompiled, Refusal
from comity.sql.view import LogField, View, view_of

if TYPE_CHECKING:
    from comity.policy.model import Policy

_KEPT = ("column", "value", "values", "default")
"""The keys of a mapping's field that SQL can follow."""


@frozen
class PrintedSql:
    """Policies as SQL."""

    view: View
    left_out: tuple[Refusal, ...]
    """The rules that are not in it."""


def print_sql(
    engine: Engine,
    dialect: Dialect,
    *,
    table: str,
    order_by: str,
    mapping: LogMapping | None = None,
    stretches: str,
    leave_out: bool = False,
) -> PrintedSql:
    """Return the policies as a statement over a table whose columns have their types.

    Rules that cannot be compiled are left out with `leave_out`; else they raise PolicyError, each at its
    place in its policy. Raises UsageError for a mapping that SQL cannot follow.
    """
    fields = _fields(mapping or LogMapping(1))
    channels, comments = engine.plugins.channels, _comments(engine)

    def made(plan: Plan) -> View:
        return view_of(plan, dialect, channels, table, order_by, fields, comments, stretches)

    try:
        return PrintedSql(made(engine.plan), ())
    except NotCompiled as error:
        refused = {(each.policy, each.rule) for each in error.refusals}
        kept = tuple(rule for rule in engine.plan.rules if (rule.policy, rule.id) not in refused)
        if not leave_out or not kept:
            raise _placed(engine, error) from None
        return PrintedSql(made(attrs.evolve(engine.plan, rules=kept)), error.refusals)


def _placed(engine: Engine, error: NotCompiled) -> Exception:
    """Return the refusals as faults at the places of the rules."""
    policies = {policy.id: policy for policy in engine.policies}
    problems = []
    for each in error.refusals:
        policy = policies[each.policy]
        if policy.locate is None:
            return error
        path = ("rules", each.rule)
        document, inner = policy.locate(path)
        message = f"`{each.rule}` has no SQL that means the same: {each.reason}"
        help = "leave it out of the view with --leave-out; `comity audit --database` judges it all the same"
        problems.append(Problem("not-compiled", message, document.place(inner, of_key=True), path, help))
    return PolicyError(problems)


def _fields(mapping: LogMapping) -> dict[str, LogField]:
    if mapping.only or mapping.also:
        raise UsageError("a mapping with [[only]] or [[also]] has no SQL: read from a view that does it")
    return {name: _field(name, rule) for name, rule in mapping.fields.items()}


def _field(name: str, rule: FieldRule) -> LogField:
    for field in attrs.fields(FieldRule):
        if field.name not in _KEPT and getattr(rule, field.name) is not None:
            raise UsageError(
                f"`{field.name}` of `{name}` in the mapping has no SQL: read from a view in which it is done"
            )
    values = None if rule.values is None else {word: str(value) for word, value in rule.values.items()}
    value, default = (None if each is None else str(each) for each in (rule.value, rule.default))
    return LogField(rule.column, value, values, default)


def _comments(engine: Engine) -> dict[str, str]:
    """Return the sentence of each rule, for a comment; it has no quotation marks."""
    found = {}
    for policy in engine.policies:
        sentences = _sentences(engine, policy)
        for rule in engine.plan.rules:
            if rule.policy == policy.id:
                text = sentences.rule(rule).replace("'", "\u2019").replace('"', "\u201d")
                found[rule.name] = " ".join(text.split())
    return found


def _sentences(engine: Engine, policy: Policy) -> Sentences:
    names = lower_selectors(policy, engine.plugins.words)
    states = lower_states(policy, engine.plugins.words)
    return Sentences(
        {selector: name for name, selector in names.items()},
        quote=lambda text: text,
        states={state: name for name, state in states.items()},
    )


def stretches_csv(clocks: Clocks, zones: Iterable[str], first: dt.date, last: dt.date) -> str:
    """Return the table of stretches from one UTC day to another, both inclusive, as CSV.

    It has events without a zone, too. Raises EventError for a text that is not a zone.
    """
    import numpy as np

    from comity.sql.stretches import make_stretches
    from comity.sql.stretches.table import column_names

    days = np.arange(date_to_day(first), date_to_day(last) + 1)
    made = make_stretches(clocks, dict.fromkeys(("", *zones), days))
    names = column_names(clocks)
    columns = (made.days, made.begins, made.ends, *(made.clocks[name] for name in names))
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("zone", "uday", "begins", "ends", *names))
    writer.writerows(zip(made.zones, *(column.tolist() for column in columns), strict=True))
    return written.getvalue()
