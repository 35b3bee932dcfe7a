"""Findings in few bytes each: numbers and codes, which become texts when they are read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import attrs
import numpy as np
import pyarrow as pa

from comity.columnar.arrays import (
    NONE,
    Bytes,
    Codes,
    Ints,
    Numbers,
    Words,
    concatenated,
    ranges,
    stable_order,
    width_of,
)
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columnar.partitions.key_order import sorted_by_key
from comity.columnar.scan.text_keys import TextKey, TextKeys
from comity.columns.arrow_arrays import numbers, text, texts
from comity.records import frozen
from comity.results.findings import Status

STATUSES: tuple[Status, ...] = ("violation", "pending", "indeterminate")


@frozen(eq=False)
class FindingColumns:
    """Some findings; all columns are of the same length."""

    rule: Codes
    """Numbers of the rules in the plan, (n,)."""
    status: Bytes
    """Places in `STATUSES`."""
    at: Ints
    person: TextKey
    pair: Codes
    """Numbers of the kinds and channels of the judged events."""
    event: Ints
    """The places of the judged events in the log."""
    evidence: Ints
    """The places of the evidence of one finding after another."""
    sizes: Codes
    """How many events each finding has as evidence."""
    measured: pa.Array
    """Texts."""
    allowed_from: Ints
    due: Ints
    extra: dict[str, Codes]
    """For each field of scopes, the codes of its values, -1 if the rule does not have the field."""

    def __len__(self) -> int:
        return len(self.at)

    def nbytes(self) -> int:
        """Return about how many bytes the columns take."""
        arrays: list[Numbers | pa.Array] = [
            self.rule,
            self.status,
            self.at,
            self.pair,
            self.sizes,
            self.allowed_from,
            self.due,
        ]
        arrays += [*self.person, *self.extra.values(), self.event, self.evidence, self.measured]
        return sum(array.nbytes for array in arrays)


def finding_columns_of(view: RuleView, number: int, violations: Violations) -> FindingColumns:
    """Return the findings about violations, with all that they need from a sorted partition."""
    partition, places = view.partition, violations.places
    rows, count = view.rows(places), len(places)
    nothing = np.full(count, NONE)
    evidence, sizes = violations.evidence or (np.zeros(0, np.int64), np.zeros(count, np.int64))
    measured = violations.measured
    if isinstance(measured, str):
        measured = pa.repeat(text(measured), count)
    status = np.zeros(count, np.uint8) if violations.pending is None else violations.pending.astype(np.uint8)
    if violations.unknown is not None:
        status[violations.unknown] = STATUSES.index("indeterminate")
    return FindingColumns(
        np.full(count, number, np.int32),
        status,
        view.at[places],
        partition.words("person", rows),
        partition.at_rows("pair", rows).astype(np.int32),
        partition.at_rows("pos", rows),
        partition.at_rows("pos", view.rows(evidence)),
        sizes.astype(np.int32),
        measured,
        nothing if violations.allowed_from is None else violations.allowed_from,
        nothing if violations.due is None else violations.due,
        {name: codes[places] for name, codes in view.codes().items()},
    )


class ChosenFindings:
    """Some findings in an order: each column is taken when it is first asked for.

    The columns are those of `FindingColumns`.
    """

    def __init__(self, found: FindingColumns, order: Ints, begins: Ints) -> None:
        """Choose findings; `begins` says where the evidence of each of those that are found begins."""
        self._found = found
        self._order = order
        self._begins = begins

    def __len__(self) -> int:
        return len(self._order)

    @cached_property
    def rule(self) -> Codes:
        """The numbers of their rules."""
        return self._found.rule.take(self._order)

    @cached_property
    def status(self) -> Bytes:
        """Their statuses, places in `STATUSES`."""
        return self._found.status.take(self._order)

    @cached_property
    def at(self) -> Ints:
        """The instants of the judged events."""
        return self._found.at.take(self._order)

    @cached_property
    def person(self) -> TextKey:
        """The keys of their persons."""
        return [word.take(self._order) for word in self._found.person]

    @cached_property
    def pair(self) -> Codes:
        """The numbers of kinds and channels."""
        return self._found.pair.take(self._order)

    @cached_property
    def event(self) -> Ints:
        """The places of the judged events."""
        return self._found.event.take(self._order)

    @cached_property
    def evidence(self) -> Ints:
        """The places of their evidence, of one finding after another."""
        evidence = self._found.evidence
        if not len(evidence):
            return evidence
        return evidence.take(ranges(self._begins.take(self._order), self.sizes.astype(np.int64)))

    @cached_property
    def sizes(self) -> Codes:
        """How many events each has as evidence."""
        return self._found.sizes.take(self._order)

    @cached_property
    def measured(self) -> pa.Array:
        """What was measured, as texts."""
        return self._found.measured.take(numbers(self._order))

    @cached_property
    def allowed_from(self) -> Ints:
        """From when on each is allowed."""
        return self._found.allowed_from.take(self._order)

    @cached_property
    def due(self) -> Ints:
        """When each is due."""
        return self._found.due.take(self._order)

    @cached_property
    def extra(self) -> dict[str, Codes]:
        """The codes of the fields of their scopes."""
        return {name: codes.take(self._order) for name, codes in self._found.extra.items()}


def take(found: FindingColumns, order: Ints) -> FindingColumns:
    """Return findings in an order, all columns at once."""
    chosen = ChosenFindings(found, order, evidence_begins(found))
    return FindingColumns(*(getattr(chosen, column.name) for column in attrs.fields(FindingColumns)))


def evidence_begins(found: FindingColumns) -> Ints:
    """Return the index at which the evidence of each finding begins."""
    begins: Ints = np.cumsum(found.sizes, dtype=np.int64) - found.sizes
    return begins


def join(parts: Sequence[FindingColumns]) -> FindingColumns:
    """Return findings one after another."""
    names = sorted({name for part in parts for name in part.extra})
    words = max((len(part.person) for part in parts), default=1)
    return FindingColumns(
        concatenated([part.rule for part in parts], np.int32),
        concatenated([part.status for part in parts], np.uint8),
        concatenated([part.at for part in parts]),
        [concatenated([_word(part, word) for part in parts], np.uint64) for word in range(words)],
        concatenated([part.pair for part in parts], np.int32),
        concatenated([part.event for part in parts]),
        concatenated([part.evidence for part in parts]),
        concatenated([part.sizes for part in parts], np.int32),
        pa.concat_arrays([part.measured for part in parts]) if parts else texts([]),
        concatenated([part.allowed_from for part in parts]),
        concatenated([part.due for part in parts]),
        {
            name: concatenated(
                [part.extra.get(name, np.full(len(part), -1, np.int32)) for part in parts], np.int32
            )
            for name in names
        },
    )


def _word(part: FindingColumns, word: int) -> Words:
    return part.person[word] if word < len(part.person) else np.zeros(len(part), np.uint64)


def order_of(
    found: FindingColumns,
    rule_ranks: Ints,
    scope_ranks: dict[str, Ints],
    persons: TextKeys,
    *,
    in_order: bool,
) -> Ints:
    """Return the order of findings by person, instant, position, rule and scope.

    With `in_order`, the log is in time order, so that the positions suffice.
    """
    keys, widths = [], []

    def add(numbers: Numbers) -> None:
        keys.append(numbers.astype(np.uint64))
        widths.append(width_of(int(numbers.max(initial=0))))

    add(person_ranks(found.person, persons))
    positions = found.event
    if not in_order and len(found):
        add(found.at - found.at.min())
    add(positions)
    add(rule_ranks[found.rule])
    for name, ranks in scope_ranks.items():
        if name in found.extra:
            add(np.append(ranks, 0)[found.extra[name]])
    return stable_order(keys, widths)


def person_ranks(key: TextKey, persons: TextKeys) -> Ints:
    """Return the ranks of persons by their texts, code point by code point."""
    order, first = sorted_by_key(key)
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(first) - 1
    distinct = [word[order[first]] for word in key]
    if persons.has_long:
        texts = persons.texts(distinct).to_pylist()
        by_text = np.array(sorted(range(len(texts)), key=texts.__getitem__), np.int64)
    else:
        # INVARIANT: UTF-8 sorts by bytes as its texts do by code point, and no text has NUL.
        by_text = stable_order([word.byteswap() for word in distinct], [64] * len(distinct))
    ranks = np.empty(len(by_text), np.int64)
    ranks[by_text] = np.arange(len(by_text))
    return ranks[number]
