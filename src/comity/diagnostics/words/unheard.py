"""Roles of rules that use words that no event of the log has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from functools import cache

from comity.diagnostics.facts import Facts
from comity.diagnostics.log_words import (
    WORDS,
    conjuncts,
    dead_parts,
    described,
    lookbacks_in,
)
from comity.notices import Notice
from comity.plan import AllOf, AnyOf, OneOf, PlannedRule, Selector
from comity.plan.selector_words import OUTBOUND
from comity.texts.spelling import near


def unheard_roles(facts: Facts) -> Iterator[Notice]:
    """Yield a notice for each rule and each word that a role asks for and no event has."""
    words = facts.words
    if not words.whole or not facts.summary.events:
        return
    states = {(policy, look): name for policy, name, look in facts.plan.states}

    @cache  # rules of a policy share their roles and look-backs
    def missing(selector: Selector) -> tuple[tuple[str, str | None], ...]:
        return tuple(_missing(selector, facts))

    for rule in facts.plan.rules:
        told: dict[str, tuple[list[str], str | None]] = {}
        idle = not facts.summary.by_rule[rule.name].judged
        for key, selector in _roles(rule, states):
            for said, help in missing(selector):
                if not idle or (help or "").startswith("did you mean"):
                    told.setdefault(said, ([], help))[0].append(f"`{key}`")
        for said, (keys, help) in told.items():
            named = " and ".join(dict.fromkeys(keys))
            message = f"no event has {said}, asked for by `{rule.name}` in {named}"
            yield Notice("word-not-in-log", message, rule=rule.name, count=0, help=help)


def _roles(rule: PlannedRule, states: Mapping[tuple[str, Selector], str]) -> Iterator[tuple[str, Selector]]:
    """Yield what a rule asks for besides the events that it judges, and all its look-backs."""
    judged = set(conjuncts(rule.judged if rule.contact is None else rule.contact))
    for role in rule.roles:
        if not set(conjuncts(role.selector)) <= judged:
            yield role.key, role.selector
        for look in lookbacks_in(role.selector):
            state = states.get((rule.policy, look))
            key = f"{role.key}.preceded-by" if state is None else f"states.{state}"
            yield key if state is None else f"{key}.from", look.event
            if look.until is not None:
                yield f"{key}.until", look.until


def _missing(selector: Selector, facts: Facts) -> Iterator[tuple[str, str | None]]:
    """Yield what a role asks for and no event has, with advice."""
    words = facts.words
    if not words.passing(selector):
        dead = [part for part in dead_parts(selector, words) if part != OUTBOUND]
        if dead:
            yield " and ".join(map(described, dead)), facts.advice(dead[0])
        else:
            together = [part for part in conjuncts(selector) if words.settles(part)]
            yield " and ".join(map(described, together)) + " at once", None
        return
    tests = tuple(_asked(selector))
    asked: dict[str, set[str]] = {}
    for test in tests:
        asked.setdefault(test.field.name, set()).update(map(str, test.values))
    for test in tests:
        field = test.field.name
        for value in sorted(map(str, test.values)):
            slip = _slip(value, words.spelled[field], asked[field])
            if slip is not None:
                yield f"the {field} `{value}`", f"did you mean `{slip}`?"


def _asked(selector: Selector) -> Iterator[OneOf]:
    """Yield the tests of words, without those that must fail."""
    waiting, seen = [selector], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        match part:
            case OneOf(field=field) if not field.attribute and field.name in WORDS:
                yield part
            case AllOf(selectors=parts) | AnyOf(selectors=parts):
                waiting.extend(reversed(parts))
            case _:
                pass


def _slip(value: str, known: Collection[str], asked: Set[str]) -> str | None:
    """Return the log's word that a value was probably meant to be, if no other value asks for it."""
    return None if value in known else near(value, [word for word in known if word not in asked])
