"""The operator past over columns: the nearest row before that counts, or none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from comity.columnar.arrays import NONE, Bools, Codes, Ints, bisect, last_index_before, running_count
from comity.columnar.operators.counts.different_values import DifferentValues
from comity.columnar.operators.elapsed_texts import elapsed_texts
from comity.columnar.operators.field_spans import ends, latest_open
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columnar.scan.column_plan import DateSpanField
from comity.columns.arrow_arrays import numbers, texts
from comity.plan import FieldSpan, Lookup, Past, Span
from comity.plan.time.opening import OpenSpan
from comity.records import frozen


@frozen(eq=False)
class Candidates:
    """The events of one lookup before each judged row, with no reset between."""

    lookup: Lookup
    places: Ints
    """Places of the selected rows, ascending; where different values count, a place for each of a row's."""
    at: Ints
    """Their instants, ascending in each scope."""
    first: Ints
    """For each judged row, the index of its first candidate."""
    end: Ints
    """For each judged row, the index after its last candidate."""
    enough: Ints
    """For each judged row, the candidate by which there are enough; below `first` where there are too few."""
    ends: Ints | None = None
    """When each event expires, if events name that; else None."""
    values: DifferentValues | None = None
    """What is counted where different values are."""

    @property
    def span(self) -> Span | None:
        """The span of all events, None if events name when they expire, or never do."""
        return self.lookup.within if isinstance(self.lookup.within, Span) else None

    def hit(self, view: RuleView, judged: Ints, which: Ints, instants: Ints) -> Ints:
        """Return the index of the nearest event that counts at an instant, or -1, for some judged rows."""
        lookup, first, end = self.lookup, self.first[which], self.end[which]
        if self.ends is not None:
            return latest_open(self.ends, first, end, instants)
        rows = view.rows(judged[which])
        found = self.enough[which]
        open_ = found >= first
        if lookup.after is not None and open_.any():
            passed = view.zoned.passed_up_to(lookup.after, rows, instants, view.low, view.high)
            found = bisect(self.at, first, end, passed + 1) - 1
            open_ = found >= first
        if self.span is not None and open_.any():
            start = view.zoned.start(self.span, rows, instants)
            open_ &= self.at[found] >= start
        found[~open_] = -1
        return found

    def number(self, view: RuleView, judged: Ints, which: Ints) -> Ints:
        """Return how many candidates, or different values, are within the span, for some judged rows."""
        first, end = self.first[which], self.end[which]
        if self.span is not None and len(which):
            start = view.zoned.start(self.span, view.rows(judged[which]), view.at[judged[which]])
            first = bisect(self.at, first, end, start)
        return end - first if self.values is None else self.values.count(first, end)


def _candidates(view: RuleView, lookup: Lookup, judged: Ints) -> Candidates:
    event, reset = view.holds(lookup.event), view.holds(lookup.reset)
    assert event is not None
    since = view.scoped.starts[judged]
    if reset is not None:
        last = last_index_before(reset, view.scoped.starts, judged)
        # An event that resets and is selected counts from itself on.
        since = np.where(last >= 0, last, since)
    if lookup.distinct is not None:
        name = None if lookup.distinct.field is None else lookup.distinct.field.name
        values = DifferentValues(view, name, event)
        first, end = values.between(since, judged)
        enough = values.enough(first, end, lookup.at_least)
        return Candidates(lookup, values.places, values.at, first, end, enough, values=values)
    before = running_count(event) - event
    first, end = before[since], before[judged]
    places = np.flatnonzero(event)
    own = _ends(view, lookup.within, places) if isinstance(lookup.within, FieldSpan) else None
    return Candidates(lookup, places, view.at[places], first, end, end - lookup.at_least, own)


def _ends(view: RuleView, span: FieldSpan, places: Ints) -> Ints:
    dated = DateSpanField(span.field, "leave", view.rule.zone, view.rule.default_zone, span.offset)
    return ends(view.partition, view.zoned, span, dated, view.rows(places), view.at[places])


def judge_past(view: RuleView, past: Past) -> Violations:
    """Return the judged rows with an event before them that counts, or without one if there must be one."""
    judged = np.flatnonzero(view.judged)
    if not past.must_exist:
        judged = _with_any(view, past, judged)
    lookups = [_candidates(view, lookup, judged) for lookup in past.lookups]
    which = np.arange(len(judged))
    number, index = _nearest(view, lookups, judged, which, view.at[judged])
    broken = np.flatnonzero((number >= 0) != past.must_exist)
    places = judged[broken]
    if past.must_exist:
        allowed = _openings(view, lookups, judged, broken)
        return Violations(places, _found(view, past, lookups, judged, broken), allowed)
    number, index = number[broken], index[broken]
    evidence = np.zeros(len(broken), np.int64)
    for each, candidates in enumerate(lookups):
        mine = number == each
        evidence[mine] = candidates.places[index[mine]]
    measured = _measured(view, lookups, number, places, evidence)
    allowed = _leave(view, lookups, judged, broken, number, index)
    return Violations(places, measured, allowed, (evidence, np.ones(len(broken), np.int64)))


def _found(
    view: RuleView, past: Past, lookups: list[Candidates], judged: Ints, broken: Ints
) -> pa.Array | str:
    """Say how much of what must be there is."""
    nothing = past.wording.nothing
    if not len(broken) or not any(lookup.counts for lookup in past.lookups):
        return nothing
    none = np.zeros(len(broken), np.int64)
    found = [each.number(view, judged, broken) if each.lookup.counts else none for each in lookups]
    different, which = np.unique(np.stack(found), axis=1, return_inverse=True)
    said = [
        " or ".join(
            dict.fromkeys(
                lookup.said(number) if lookup.counts else nothing
                for lookup, number in zip(past.lookups, numbered, strict=True)
            )
        )
        for numbered in different.T.tolist()
    ]
    return texts(said).take(numbers(which.reshape(-1)))


def _with_any(view: RuleView, past: Past, judged: Ints) -> Ints:
    """Return the judged rows in scopes that have an event of a lookup; all where such events are many."""
    events = [view.holds(lookup.event) for lookup in past.lookups]
    if sum(int(np.count_nonzero(event)) for event in events if event is not None) >= len(judged):
        return judged
    starts = view.scoped.starts
    found = np.zeros(len(starts), np.bool_)
    for event in events:
        assert event is not None
        found[starts.take(np.flatnonzero(event))] = True
    return judged[found[starts.take(judged)]]


def _nearest(
    view: RuleView, lookups: list[Candidates], judged: Ints, which: Ints, instants: Ints
) -> tuple[Codes, Ints]:
    """Return the lookup (-1 for none) and the index in it of the nearest event that counts."""
    number = np.full(len(which), -1, np.int32)
    index, latest = np.full(len(which), -1), np.full(len(which), NONE)
    for each, candidates in enumerate(lookups):
        hit = candidates.hit(view, judged, which, instants)
        at = candidates.at[hit] if len(candidates.at) else latest
        nearer: Bools = (hit >= 0) & (at > latest)
        number[nearer], index[nearer], latest[nearer] = each, hit[nearer], at[nearer]
    return number, index


def _leave(
    view: RuleView, lookups: list[Candidates], judged: Ints, broken: Ints, number: Codes, index: Ints
) -> Ints:
    """Return the ends of the forbidden stretches, `NONE` if one never ends."""
    allowed = view.at[judged[broken]].copy()
    open_ = np.arange(len(broken))
    simple = len(lookups) == 1 and lookups[0].lookup.after is None and lookups[0].ends is None
    while len(open_):
        moved = np.full(len(open_), NONE)
        for each, candidates in enumerate(lookups):
            mine = np.flatnonzero(number == each)
            if candidates.ends is not None:
                moved[mine] = candidates.ends[index[mine]]
            elif candidates.span is not None and len(mine):
                rows = view.rows(judged[broken[open_[mine]]])
                moved[mine] = view.zoned.leave(candidates.span, rows, candidates.at[index[mine]])
        allowed[open_] = moved
        if simple:
            break
        open_ = open_[moved != NONE]
        number, index = _nearest(view, lookups, judged, broken[open_], allowed[open_])
        still = number >= 0
        open_, number, index = open_[still], number[still], index[still]
    return allowed


def _openings(view: RuleView, lookups: list[Candidates], judged: Ints, broken: Ints) -> Ints:
    """Return when the deadline of a first event will have passed, `NONE` if there is no such event."""
    allowed = np.full(len(broken), NONE)
    rows, instants = view.rows(judged[broken]), view.at[judged[broken]]
    for candidates in lookups:
        after, within = candidates.lookup.after, candidates.span
        if after is None:
            continue
        index, end = candidates.first[broken].copy(), candidates.end[broken]
        while len(open_ := np.flatnonzero(index < end)):
            at = candidates.at[index[open_]]
            begin = np.maximum(instants[open_], view.zoned.deadline(after, rows[open_], at) + 1)
            opens = np.ones(len(open_), np.bool_)
            if within is not None:
                opens = begin < view.zoned.leave(within, rows[open_], at)
            known = allowed[open_]
            sooner = opens & ((known == NONE) | (begin < known))
            allowed[open_[sooner]] = begin[sooner]
            index[open_] += 1
    return allowed


def _measured(
    view: RuleView, lookups: list[Candidates], number: Codes, places: Ints, evidence: Ints
) -> pa.Array:
    """Return how far apart the events are, in the units of the span of their lookup."""
    spans = [None if each.ends is not None else each.span or each.lookup.after for each in lookups]
    if len(spans) == 1:
        return _distances(view, spans[0], places, evidence)
    said = np.empty(len(places), object)
    for each, span in enumerate(spans):
        mine = np.flatnonzero(number == each)
        said[mine] = _distances(view, span, places[mine], evidence[mine]).to_pylist()
    return texts(said.tolist())


def _distances(view: RuleView, span: Span | None, places: Ints, evidence: Ints) -> pa.Array:
    later, earlier = view.at[places], view.at[evidence]
    if span is None or span.clock is None:
        return elapsed_texts(later - earlier)
    said = np.empty(len(places), object)
    rows = view.rows(places)
    for zone, mine in view.zoned.of(rows):
        assert zone is not None, "INVARIANT: lowering refuses local clocks without a zone"
        if isinstance(span, OpenSpan):
            instants = zip(earlier[mine].tolist(), later[mine].tolist(), strict=True)
            said[mine] = np.array([span.measure(zone, *pair) for pair in instants] or [""], object)
            continue
        times = view.zoned.times.zone(zone)
        days = np.stack((times.local_days(earlier[mine]), times.local_days(later[mine])))
        pairs, inverse = np.unique(days, axis=1, return_inverse=True)
        pieces = [
            span.measure(zone, zone.day_start(first), zone.day_start(second))
            for first, second in pairs.T.tolist()
        ]
        said[mine] = np.array(pieces or [""], object)[inverse.reshape(-1)]
    return texts(said.tolist())
