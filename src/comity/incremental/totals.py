"""The counts of all runs together: those of former runs, and what one more run adds to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from comity.events.census import MOST_SIGNATURES, Census, Signature
from comity.records import frozen
from comity.results.report import RuleCounts, Summary

_ROWS = ("rows_read", "rows_rejected", "rows_skipped", "moved_times", "repeated_times", "dates_without_time")
_COUNTS = ("judged", "violation", "pending", "indeterminate", "unlisted")


@frozen
class Gain:
    """What a run adds: the counts of kept and new events together, less those of the kept ones alone."""

    after: Summary
    before: Summary | None

    def rule(self, name: str) -> RuleCounts:
        """Return what is added to the counts of a rule."""
        one = self.after.by_rule[name]
        other = RuleCounts() if self.before is None else self.before.by_rule[name]
        made = RuleCounts(**{each: getattr(one, each) - getattr(other, each) for each in _COUNTS})
        made.lacking = less(one.lacking, other.lacking)
        made.unreadable = less(one.unreadable, other.unreadable)
        return made

    def mapping(self, name: str) -> dict[str, int]:
        """Return what is added to counts by name."""
        other: Mapping[str, int] = {} if self.before is None else getattr(self.before, name)
        return less(getattr(self.after, name), other)

    def unparted(self) -> dict[str, tuple[int, str]]:
        """Return what is added to the counts of texts that seem to join several, with examples."""
        other = (
            {} if self.before is None else {key: count for key, (count, _) in self.before.unparted.items()}
        )
        counts = less({key: count for key, (count, _) in self.after.unparted.items()}, other)
        return {key: (count, self.after.unparted[key][1]) for key, count in counts.items()}

    def signatures(self) -> dict[Signature, int]:
        """Return how many events of which words are added."""
        other = {} if self.before is None else self.before.census.signatures
        found = {key: count - other.get(key, 0) for key, count in self.after.census.signatures.items()}
        return {key: count for key, count in found.items() if count}

    def repeated(self) -> int:
        """Return how many repeated events are added."""
        return self.after.census.repeated - (0 if self.before is None else self.before.census.repeated)


def less(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Return the difference of counts; names that both have stay, also with 0."""
    names = dict.fromkeys([*one, *other])
    found = {name: one.get(name, 0) - other.get(name, 0) for name in names}
    return {name: count for name, count in found.items() if count or (name in one and not one[name])}


def added(known: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return the sum of counts."""
    return {name: known.get(name, 0) + more.get(name, 0) for name in sorted({*known, *more})}


def total_of(known: Mapping[str, Any], gain: Gain, run: Summary) -> Summary:
    """Return the counts of all runs, from those of the former ones and what the last one adds.

    `run` has the counts of its rows and events, how many persons were new, and its as-of instant.
    """
    former = _read(known, run.policies)
    by_rule = {}
    for name in gain.after.by_rule:
        own, more = former.by_rule.get(name, RuleCounts()), gain.rule(name)
        made = RuleCounts(**{each: getattr(own, each) + getattr(more, each) for each in _COUNTS})
        made.lacking = {key: count for key, count in added(own.lacking, more.lacking).items() if count}
        made.unreadable = added(own.unreadable, more.unreadable)
        by_rule[name] = made
    unparted = dict(former.unparted)
    for name, (count, example) in gain.unparted().items():
        unparted[name] = (unparted.get(name, (0, ""))[0] + count, example)
    return Summary(
        **{name: getattr(former, name) + getattr(run, name) for name in _ROWS},
        events=former.events + run.events,
        persons=former.persons + run.persons,
        as_of=run.as_of,
        policies=run.policies,
        by_rule=by_rule,
        unreadable=added(former.unreadable, gain.mapping("unreadable")),
        suspicious=run.suspicious,
        fixed_zones=added(former.fixed_zones, gain.mapping("fixed_zones")),
        unreadable_examples={**former.unreadable_examples, **gain.after.unreadable_examples},
        unparted=unparted,
        near=run.near,
        census=_census(former.census, gain, run.census),
    )


def _census(former: Census, gain: Gain, run: Census) -> Census:
    signatures = dict(former.signatures)
    for signature, count in gain.signatures().items():
        signatures[signature] = signatures.get(signature, 0) + count
    firsts = [each.first for each in (former, run) if each.first is not None]
    lasts = [each.last for each in (former, run) if each.last is not None]
    whole = former.whole and gain.after.census.whole and len(signatures) <= MOST_SIGNATURES
    return Census(
        dict(sorted(signatures.items(), key=str)) if whole else {},
        min(firsts, default=None),
        max(lasts, default=None),
        former.repeated + gain.repeated(),
        former.repeated_id or gain.after.census.repeated_id,
        whole=whole,
    )


def written(total: Summary) -> dict[str, Any]:
    """Return the counts as values that JSON has."""
    census = total.census
    return {
        **{name: getattr(total, name) for name in _ROWS},
        "events": total.events,
        "persons": total.persons,
        "by_rule": {name: attrs.asdict(tally) for name, tally in total.by_rule.items()},
        "unreadable": dict(total.unreadable),
        "unreadable_examples": dict(total.unreadable_examples),
        "fixed_zones": dict(total.fixed_zones),
        "unparted": {name: list(each) for name, each in total.unparted.items()},
        "census": {
            "signatures": [[*signature, count] for signature, count in census.signatures.items()],
            **{name: getattr(census, name) for name in ("first", "last", "repeated", "repeated_id", "whole")},
        },
    }


def _read(known: Mapping[str, Any], policies: tuple[str, ...]) -> Summary:
    """Return written counts as a summary; no counts at all for a new state."""
    if not known:
        return Summary(0, 0, 0, 0, 0, None, policies, {})
    census = dict(known["census"])
    rows: Iterable[list[Any]] = census.pop("signatures")
    signatures = {tuple(words): count for *words, count in rows}
    return Summary(
        as_of=None,
        policies=policies,
        **{
            **known,
            "by_rule": {name: RuleCounts(**tally) for name, tally in known["by_rule"].items()},
            "unparted": {name: (count, example) for name, (count, example) in known["unparted"].items()},
            "census": Census(signatures, **census),
        },
    )
