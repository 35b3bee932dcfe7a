"""Rules that judged no event, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from comity.clock.instants import day_to_date, format_instant
from comity.clock.zones import find_zone
from comity.diagnostics.facts import Facts
from comity.diagnostics.log_words import (
    conjuncts,
    described,
    listed,
    names_in,
    unheard,
    without,
)
from comity.events.fields import FIELDS
from comity.notices import Notice
from comity.plan import PlannedRule, Selector
from comity.plan.plan import Effective
from comity.plan.selectors import Field, FieldTest, all_of, looks_back, walk


class IdleReason(NamedTuple):
    """Why a rule judged nothing, what to do, and one value of the log that shows it."""

    why: str
    help: str | None = None


def unjudged(facts: Facts) -> Iterator[Notice]:
    """Yield a notice for each rule that judged no event, and one if no rule judged any."""
    summary = facts.summary
    idle = [rule for rule in facts.plan.rules if not summary.by_rule[rule.name].judged]
    if not summary.events:
        help = "check that it is the right file, and that the mapping does not leave out its rows"
        yield Notice("no-events", "nothing was judged: the log has no events", count=0, help=help)
        return
    if len(idle) == len(facts.plan.rules):
        events = "the one event" if summary.events == 1 else f"any of the {summary.events:,} events"
        message = f"nothing was judged: no rule looked at {events}"
        yield Notice("nothing-judged", message, count=summary.events, help="--allow-nothing accepts that")
    for rule in idle:
        reason = why(rule, facts)
        message = f"nothing was judged by `{rule.name}`: {reason.why}"
        yield Notice("rule-judged-nothing", message, rule=rule.name, count=0, help=reason.help)


def why(rule: PlannedRule, facts: Facts) -> IdleReason:
    """Say why a rule judged nothing, in the log's own words."""
    words, contact = facts.words, rule.judged if rule.contact is None else rule.contact
    if not words.whole:
        return IdleReason("the log has too many different kinds or channels to tell them all")
    passing = words.passing(contact)
    if not passing:
        said, blame = unheard(contact, words)
        return IdleReason(said, facts.advice(blame))
    dates = _outside(rule, facts)
    if dates is not None:
        return dates
    if not words.settles(contact):
        found = _asked_one_by_one(contact, facts)
        if isinstance(found, IdleReason):
            return found
        passing = found
    many = "its one contact" if passing == 1 else f"its {passing:,} contacts"
    if contact != rule.judged and _all_exempt(rule, contact, facts):
        return IdleReason(
            f"{many} {'is' if passing == 1 else 'are all'} exempt", "look at the rule's `exempt`"
        )
    if facts.since is not None or facts.until is not None:
        since = "the beginning" if facts.since is None else format_instant(facts.since)
        until = "the end" if facts.until is None else format_instant(facts.until)
        return IdleReason(
            f"none of its contacts ({passing:,}) is between {since} and {until}, the time to be judged"
        )
    if rule.effective:
        return IdleReason(
            f"none of its contacts ({passing:,}) lies within its dates ({_dates(rule.in_effect())})"
        )
    if rule.absent == "skip":
        fields = " and ".join(f"`{name}`" for name in rule.per if name != "person")
        return IdleReason(f"none of its contacts ({passing:,}) has {fields}, and it skips those without")
    return IdleReason(f"none of its contacts ({passing:,}) passes all that it asks for")


def _outside(rule: PlannedRule, facts: Facts) -> IdleReason | None:
    """Say that the dates of a rule are outside those of the log, in every zone."""
    census, dates = facts.summary.census, rule.in_effect()
    if census.first is None or census.last is None or not rule.effective:
        return None
    zone = rule.zone or rule.default_zone or find_zone("UTC")
    first, last = zone.local_day(census.first), zone.local_day(census.last)
    early = dates.through is not None and dates.through < first - 1
    late = dates.start is not None and dates.start > last + 1
    if not early and not late:
        return None
    begin, end = day_to_date(first), day_to_date(last)
    log = f"on {begin}" if begin == end else f"from {begin} to {end}"
    return IdleReason(
        f"its dates ({_dates(dates)}) lie {'before' if early else 'after'} the log's events, which are {log}",
        "look at `effective` of the rule and of its policy",
    )


def _dates(dates: Effective) -> str:
    start = "" if dates.start is None else f"from {day_to_date(dates.start)}"
    end = "" if dates.through is None else f"through {day_to_date(dates.through)}"
    return " ".join(filter(None, (start, end)))


def _asked_one_by_one(contact: Selector, facts: Facts) -> IdleReason | int:
    """Say which test none of the log's first events passes, or how many pass all tests."""
    sample = facts.sample
    among = sample.among()
    parts = [part for part in conjuncts(contact) if not looks_back(part)]
    passing = len(sample.passing(all_of(*parts)))
    if passing:
        back = [part for part in conjuncts(contact) if looks_back(part)]
        if back:
            said = " and ".join(described(part) for part in back)
            return IdleReason(f"none of the {passing:,} events that pass its other tests comes {said}")
        return passing
    own = [part for part in parts if not facts.words.settles(part)]
    for part in own:
        for field in names_in(part):
            if field in facts.absent:
                help = f"name its column with --map {field}=COLUMN"
                return IdleReason(f"the log has no column `{field}`, which it asks for", help)
    dead = [part for part in own if not sample.passing(part)]
    blame = dead[0] if dead else max(parts, key=lambda part: len(sample.passing(without(parts, part))))
    rest = sample.passing(without(parts, blame))
    said = f"no event of {among} has {described(blame)}"
    if not dead:
        said = f"no event of {among} has {' and '.join(map(described, parts))}"
    values = "; ".join(
        f"`{field.name}` is {listed(found) if (found := sample.values(field, rest)) else 'absent'}"
        for field in _tested(blame)
    )
    if rest and values:
        said += f" (its other tests leave {len(rest):,}: {values})"
    return IdleReason(said)


def _tested(selector: Selector) -> list[Field]:
    found = [field for part in walk(selector) if isinstance(part, FieldTest) for field in part.fields()]
    return list(dict.fromkeys(field for field in found if field.attribute or field.name in FIELDS))


def _all_exempt(rule: PlannedRule, contact: Selector, facts: Facts) -> bool:
    """Return whether every contact is exempt, as far as this can be known without earlier events."""
    words = facts.words
    if not words.passing(rule.judged):
        return True
    if words.settles(rule.judged) or looks_back(rule.judged):
        return looks_back(rule.judged) and not rule.effective
    return not facts.sample.passing(rule.judged)
