"""Values to which a rule gives points and that nothing knows: probably slips of the pen."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from comity.diagnostics.facts import Facts
from comity.diagnostics.log_words import WORDS
from comity.notices import Notice
from comity.plan import Points
from comity.plan.constraints import Count
from comity.texts.spelling import near

_ANY_OTHER = ("default", "otherwise", "else", "other", "others", "rest", "any")


def unheard_values(facts: Facts) -> Iterator[Notice]:
    """Yield a notice for each value to which a rule gives points, though no event and no policy knows it."""
    if not facts.words.whole or not facts.summary.events:
        return
    for rule in facts.plan.rules:
        measure = rule.constraint.measure if isinstance(rule.constraint, Count) else None
        if not isinstance(measure, Points) or measure.values is None or measure.field.type != "text":
            continue
        field, listed = measure.field, [str(value) for value, _ in measure.values]
        same = {str(meant) for _, meant in measure.same}
        heard, whole = _heard(measure, facts)
        known = set() if field.attribute else facts.known(field.name)
        for value in listed:
            if value in heard or value in same:
                continue
            help = _meant(value, heard - set(listed), known - set(listed))
            if help is None and (value in known or not whole):
                continue
            message = (
                f"no event has the {field.name} `{value}`, which counts points by `{rule.name}` in `weight`"
            )
            yield Notice("word-not-in-log", message, rule=rule.name, count=0, example=value, help=help)


def _heard(points: Points, facts: Facts) -> tuple[set[str], bool]:
    """Return the values that events have in a field, and whether these are the values of all events."""
    if not points.field.attribute and points.field.name in WORDS:
        return set(facts.words.spelled[points.field.name]), True
    found = facts.sample.values(points.field, facts.sample.events)
    return {text.strip() for text in found}, facts.sample.whole


def _meant(value: str, heard: Collection[str], known: Collection[str]) -> str | None:
    """Say what was probably meant by a value; None if it may be a word of its own."""
    slip = near(value, heard) or (None if value in known else near(value, known))
    if slip is not None:
        return f"did you mean `{slip}`?"
    if near(value, _ANY_OTHER) and value not in known:
        return "for all other values, write `otherwise` beside `values`"
    return None
