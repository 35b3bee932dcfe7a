"""Plans in words: what rules require, the same for every rule kind."""

from __future__ import annotations

from typing import assert_never

import attrs

from comity.clock.instants import day_to_date
from comity.plan.constraints import (
    Around,
    Count,
    Different,
    Local,
    Lookup,
    Past,
    Points,
    PythonCheck,
    Response,
)
from comity.plan.constraints.hours import Hours
from comity.plan.constraints.response import Pause, Recurrence
from comity.plan.constraints.share import Share, shown_share
from comity.plan.constraints.text_requirements import TextRequirements
from comity.plan.plan import PlannedRule
from comity.plan.points import points_text
from comity.plan.selector_words import OUTBOUND, SelectorWords, parts_of, value_text
from comity.plan.selectors import ALWAYS, NEVER, Selector, all_of
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span
from comity.records import frozen


@frozen
class Sentences(SelectorWords):
    """Writes selectors and rules in words."""

    def rule(self, rule: PlannedRule) -> str:
        """Return what a rule requires as one sentence, and when it is in effect."""
        per = "" if rule.per == ("person",) else f", for each {' and '.join(rule.per) or 'log'}"
        own = attrs.evolve(self, per=rule.per)
        sentence = f"{own._requirement(rule)}{per}{_absent(rule)}.{_dates(rule)}"
        return sentence[0].upper() + sentence[1:]

    def _requirement(self, rule: PlannedRule) -> str:
        judged = "any outbound event" if rule.judged == OUTBOUND else self.selector(rule.judged)
        match rule.constraint:
            case Count(limit=limit, window=window, restart=restart, counted=counted, measure=measure):
                span = "ever" if window is None else _within(window)
                what = judged if counted == rule.judged else f"{judged}, counting {self.selector(counted)}"
                anew = "" if restart is None else f", counted anew after {self._inner(restart)}"
                if isinstance(measure, Different):
                    return f"At most {measure.said(limit)} of {what}, {span}{anew}"
                if measure is not None:
                    return f"At most {measure.said(limit)} of {what}, {span}{anew}{self._points(measure)}"
                return f"At most {limit} × {what}, {span}{anew}"
            case Past(lookups=lookups, must_exist=True):
                grounds = " or ".join(self._ground(lookup) for lookup in lookups)
                return f"{judged} needs before it {grounds}"
            case Past(lookups=lookups):
                return f"{_none(judged)} " + " or ".join(self._stop(lookup) for lookup in lookups)
            case Response(within=within, recurrence=Recurrence() as recurrence, pause=pause):
                every = (
                    f"once in each {text[5:]}"
                    if (text := str(within)).startswith("same ")
                    else f"every {text}"
                )
                return f"{self._again(recurrence)} at least {every}{self._paused(pause)}"
            case Response(answer=answer, within=within, pause=pause):
                own = isinstance(within, FieldSpan)
                span = f"by {str(within).removeprefix('until ')}" if own else f"within {within}"
                return f"Each {judged} is followed by {self.selector(answer)} {span}{self._paused(pause)}"
            case Share(part=part, whole=whole, share=share, at_least=at_least, window=window):
                least = "" if at_least == 1 else f", where there are at least {at_least}"
                what, of = self._inner(self._beyond(part, whole)), self._inner(whole)
                of = "all events" if whole == ALWAYS else of
                if not set(parts_of(whole)) <= set(parts_of(part)):
                    return f"At most {shown_share(share)} as many {what} as {of}, {_within(window)}{least}"
                return f"At most {shown_share(share)} of {of} is {what}, {_within(window)}{least}"
            case Local(test=Hours() as hours):
                slots = "; ".join(slot.text for slot in hours.slots)
                return f"{judged} only at {slots}" if hours.allow else f"{judged} not at {slots}"
            case Local(test=Around() as around):
                return f"{judged} {'only' if around.inside else 'not'} {around.shown()}"
            case Local(test=TextRequirements() as wanted):
                return f"{judged} {self._text(wanted)}"
            case Local(test=test):
                assert not isinstance(test, Hours | TextRequirements | Around)
                return _none(judged) if test == NEVER else f"{judged} must be {self.selector(test)}"
            case PythonCheck(wording=wording):
                return f"{judged}: {wording.required}"
            case _:
                assert_never(rule.constraint)

    def _beyond(self, part: Selector, whole: Selector) -> Selector:
        """Return what a part asks for besides the whole, with all that its name stands for, if it has one."""
        asked, known = set(parts_of(part)), set(parts_of(whole))
        fitting = [
            each for each in self.names if asked >= set(parts_of(each)) and not known >= set(parts_of(each))
        ]
        named = sorted(fitting, key=lambda each: len(parts_of(each)))[-1:]
        return all_of(*named, *(each for each in parts_of(part) if each not in known))

    def _again(self, recurrence: Recurrence) -> str:
        since = "" if recurrence.start == recurrence.contact else f" from {self._inner(recurrence.start)}"
        until = "" if recurrence.stop is None else f" until {self._inner(recurrence.stop)}"
        return f"{self.selector(recurrence.contact)}{since}{until},"

    def _paused(self, pause: Pause | None) -> str:
        if pause is None:
            return ""
        return f", not counting the time from {self._inner(pause.start)} until {self._inner(pause.end)}"

    def _points(self, points: Points) -> str:
        """Say how many points events count."""
        name, otherwise = points.field.name, points_text(points.otherwise)
        if points.values is None:
            return f", each counting its {self.quote(name)}, else {otherwise}"
        values = [f"{self.quote(value_text(value))} {points_text(own)}" for value, own in points.values]
        return f", where {name} {', '.join(values)} and any other {otherwise}"

    def _ground(self, lookup: Lookup) -> str:
        within = "" if lookup.within is None else f" {self._last(lookup.within)}"
        reset = "" if lookup.reset is None else f" with no {self._inner(lookup.reset)} since"
        event = self._inner(lookup.event)
        if lookup.distinct is not None:
            event = f"at least {lookup.distinct.said(lookup.at_least)} of {event}"
        elif lookup.counts:
            event = f"at least {lookup.at_least} × {event}"
        return f"{event}{within}{reset}"

    def _stop(self, lookup: Lookup) -> str:
        since = self._inner(lookup.event)
        grace = "" if lookup.after is None else f" once {lookup.after} have passed"
        match lookup.within:
            case None:
                span = f"after {since}{grace}"
            case FieldSpan() as own:
                span = f"after {since}{grace} {own}"
            case Span() as within:
                span = f"{_within(within)} after {since}{grace}"
        reset = "" if lookup.reset is None else f", unless {self._inner(lookup.reset)} came since"
        return f"{span}{reset}"

    def _text(self, wanted: TextRequirements) -> str:
        phrases = [self.quote(" ".join(phrase)) for phrase in wanted.forbidden]
        choices = [
            " or ".join(self.quote(" ".join(phrase)) for phrase in choice) for choice in wanted.required
        ]
        parts = [
            f"has at most {wanted.max_words} words" if wanted.max_words is not None else "",
            f"has at most {wanted.max_characters} characters" if wanted.max_characters is not None else "",
            f"never says {', '.join(phrases)}" if phrases else "",
            *(f"says {choice}" for choice in choices),
        ]
        return " and ".join(filter(None, parts))


def _none(judged: str) -> str:
    return f"No {judged.removeprefix('any ')}"


def _within(span: Span | FieldSpan) -> str:
    text = str(span)
    return f"in the {text}" if text.startswith("same ") else f"within {text}"


def _absent(rule: PlannedRule) -> str:
    """Return what happens to events without a value of `per`, unless they share a scope."""
    fields = [name for name in rule.per if name != "person"]
    if rule.absent == "pool" or not fields:
        return ""
    without = f"without {'one' if len(fields) == 1 else 'one of them'}"
    word = "left out" if rule.absent == "skip" else "each by itself"
    return f" (events {without} {word})"


def _dates(rule: PlannedRule) -> str:
    dates = rule.in_effect()
    start = "" if dates.start is None else f" From {day_to_date(dates.start)}"
    word = " through" if start else " Through"
    end = "" if dates.through is None else f"{word} {day_to_date(dates.through)}"
    return f"{start}{end}." if start or end else ""
