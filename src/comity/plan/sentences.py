"""Plans in words: what selectors select and rules require, the same for every rule kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, assert_never

import attrs

from comity.clock.instants import day_to_date, format_instant
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
from comity.plan.selectors import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    Compare,
    CompareFields,
    Exists,
    Field,
    Like,
    Not,
    OneOf,
    Preceded,
    Relation,
    Selector,
    all_of,
)
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span

OUTBOUND: Final = OneOf(Field("direction"), frozenset({"outbound"}))
_WAYS: Final = (frozenset({"outbound"}), frozenset({"inbound"}))
_COMPARED: Final = {
    "at-least": "at least",
    "at-most": "at most",
    "more-than": "over",
    "less-than": "under",
    "same-as": "the same as",
}
_INSTANTS: Final[Mapping[Relation, str]] = {
    "at-least": "at or after",
    "at-most": "at or before",
    "more-than": "after",
    "less-than": "before",
    "same-as": "at",
}


@attrs.frozen
class Sentences:
    """Writes selectors and rules in words, with the names that a policy gives to selectors."""

    names: Mapping[Selector, str]
    quote: Callable[[str], str] = "`{}`".format
    """Returns a name or a value with quotes."""
    states: Mapping[Selector, str] = attrs.field(factory=dict)
    """The names of what selectors look back for, where it is a state."""
    per: tuple[str, ...] | None = None
    """The fields that make the scope of the rule that is written."""

    def selector(self, selector: Selector) -> str:
        """Return what a selector selects: its name, if it has one."""
        known = self._known(selector)
        if known is not None:
            return known
        match selector:
            case OneOf(field=field, values=values, written=written):
                return self._one_of(field, frozenset(written) or values)
            case Exists(field=field):
                return f"with {self.quote(field.name)}"
            case Compare(field=field, operator=operator, bound=bound):
                if field.type == "instant":
                    return _at(field, operator, format_instant(int(bound)))
                return f"{field.name} {_COMPARED[operator]} {bound:g}"
            case CompareFields(field=field, relation=relation, other=other):
                shown = f"its {self.quote(other.name)}" if other.name != "at" else "the event itself"
                if field.type == "instant":
                    return _at(field, relation, shown)
                return f"{field.name} {_COMPARED[relation]} {shown}"
            case Like(field=field, pattern=pattern):
                return f"{field.name} like {self.quote(pattern)}"
            case Not(selector=Exists(field=field)):
                return f"without {self.quote(field.name)}"
            case Not(selector=inner):
                return f"not {self._inner(inner)}"
            case AllOf(selectors=parts):
                return self._all(parts)
            case AnyOf(selectors=parts):
                return " or ".join(self._inner(part) for part in parts) or "nothing"
            case Preceded():
                return self._preceded(selector)
            case _:
                assert_never(selector)

    def _known(self, selector: Selector) -> str | None:
        if selector == ALWAYS:
            return "any event"
        if selector in self.names:
            return self.quote(self.names[selector])
        if selector in self.states:
            return f"during {self.quote(self.states[selector])}{self._of_whom(selector)}"
        return None

    def _of_whom(self, look: Selector) -> str:
        """Say in which scope something is looked for, where that is not the rule's own."""
        if not isinstance(look, Preceded) or self.per is None or set(look.per) == set(self.per):
            return ""
        return f" (for each {' and '.join(look.per)})" if look.per else " (of anybody)"

    def _one_of(self, field: Field, values: frozenset[str | float | bool]) -> str:
        if field.name == "direction" and not field.attribute and values in _WAYS:
            return " or ".join(map(str, values))
        shown = " or ".join(self.quote(_value(value)) for value in sorted(values, key=str))
        return shown if field.name == "kind" and not field.attribute else f"{field.name} {shown}"

    def _inner(self, selector: Selector) -> str:
        shown = self.selector(selector)
        several = isinstance(selector, AllOf | AnyOf) and self._known(selector) is None
        compound = several and (", " in shown or " or " in shown)
        return f"({shown})" if compound else shown

    def _all(self, parts: tuple[Selector, ...]) -> str:
        """Return what all parts ask for together, by name if it has one; what is left out comes last."""
        named = self._named(parts)
        rest = [part for part in parts if part not in _parts(named) and part != OUTBOUND]
        left_out = [part.selector for part in rest if isinstance(part, Not) and not _asks_presence(part)]
        asked = [part for part in rest if not isinstance(part, Not) or _asks_presence(part)]
        words = [] if named is None else [self.quote(self.names[named])]
        alone = named is None and len(asked) == 1
        words += [self.selector(part) if alone else self._inner(part) for part in _single(asked)]
        words += [f"{name} with all of {' and '.join(map(self.quote, all_))}" for name, all_ in _every(asked)]
        shown = ", ".join(words) or ("any outbound event" if OUTBOUND in parts else "any event")
        without = " and ".join(self._inner(part) for part in left_out)
        return f"{shown} ({without} left out)" if without else shown

    def _named(self, parts: tuple[Selector, ...]) -> Selector | None:
        """Return the named selector that asks for most of these parts, and for nothing else."""
        fitting = [each for each in self.names if each != OUTBOUND and set(_parts(each)) <= set(parts)]
        return max(fitting, key=lambda each: len(_parts(each)), default=None)

    def _preceded(self, look: Preceded) -> str:
        event = self._inner(look.event)
        if look.distinct is not None:
            event = f"{look.distinct.said(look.at_least)} of {event}"
        elif look.at_least > 1:
            event = f"{look.at_least} times {event}"
        span = "" if look.span is None else f" {self._last(look.span)}"
        until = "" if look.until is None else f" with no {self._inner(look.until)} since"
        return f"after {event}{span}{until}{self._of_whom(look)}"

    @staticmethod
    def _last(span: Span | FieldSpan) -> str:
        return str(span) if isinstance(span, FieldSpan) else f"in the last {span}"

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
                if not set(_parts(whole)) <= set(_parts(part)):
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
        asked, known = set(_parts(part)), set(_parts(whole))
        fitting = [
            each for each in self.names if asked >= set(_parts(each)) and not known >= set(_parts(each))
        ]
        named = sorted(fitting, key=lambda each: len(_parts(each)))[-1:]
        return all_of(*named, *(each for each in _parts(part) if each not in known))

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
        values = [f"{self.quote(_value(value))} {points_text(own)}" for value, own in points.values]
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


def _at(field: Field, relation: Relation, shown: str) -> str:
    """Say how an instant of an event stands to another one."""
    name = "" if field.name == "at" and not field.attribute else f"{field.name} "
    return f"{name}{_INSTANTS[relation]} {shown}"


def _none(judged: str) -> str:
    return f"No {judged.removeprefix('any ')}"


def _parts(selector: Selector | None) -> tuple[Selector, ...]:
    if selector is None:
        return ()
    return selector.selectors if isinstance(selector, AllOf) else (selector,)


def _every(parts: Sequence[Selector]) -> list[tuple[str, list[str]]]:
    """Return the fields with several values of which each of some values is asked for, and these values."""
    found: dict[Field, list[str]] = {}
    for part in parts:
        if isinstance(part, OneOf) and _has_several(part.field) and len(part.values) == 1:
            found.setdefault(part.field, []).extend(map(_value, part.values))
    return [(field.name, sorted(values)) for field, values in found.items() if len(values) > 1]


def _single(parts: Sequence[Selector]) -> list[Selector]:
    """Return the tests without those of which `_every` tells."""
    names = {name for name, _ in _every(parts)}
    return [
        part
        for part in parts
        if not (isinstance(part, OneOf) and part.field.name in names and len(part.values) == 1)
    ]


def _has_several(field: Field) -> bool:
    return field.type == "texts" or (field.name == "matter" and not field.attribute)


def _asks_presence(part: Not) -> bool:
    return isinstance(part.selector, Exists)


def _value(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}"


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
