"""Roles of rules that use words that no event of the log has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comity.diagnostics.facts import Facts
from comity.diagnostics.log_words import (
    WORDS,
    LogWords,
    conjuncts,
    dead_parts,
    described,
    lookbacks_in,
)
from comity.notices import Notice
from comity.plan import AllOf, AnyOf, OneOf, PlannedRule, Selector
from comity.plan.sentences import OUTBOUND
from comity.texts.spelling import near


def unheard_roles(facts: Facts) -> Iterator[Notice]:
    """Yield a notice for each rule and each word that a role asks for and no event has."""
    words = facts.words
    if not words.whole or not facts.summary.events:
        return
    states = {(policy, look): name for policy, name, look in facts.plan.states}
    for rule in facts.plan.rules:
        told: dict[str, tuple[list[str], str | None]] = {}
        idle = not facts.summary.by_rule[rule.name].judged
        for key, selector in _roles(rule, states):
            for said, help in _missing(selector, facts):
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
    for test in _asked(selector):
        for value in sorted(map(str, test.values)):
            slip = _slip(test.field.name, value, words, selector)
            if slip is not None:
                yield f"the {test.field.name} `{value}`", f"did you mean `{slip}`?"


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


def _slip(field: str, value: str, words: LogWords, selector: Selector) -> str | None:
    """Return the log's word that one of several values was probably meant to be."""
    known = words.spelled[field]
    if value in known:
        return None
    asked = {str(each) for test in _asked(selector) if test.field.name == field for each in test.values}
    return near(value, [word for word in known if word not in asked])
