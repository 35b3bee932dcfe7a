"""Findings as texts: Arrow batches and objects made from finding columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columnar.arrays import NONE, Codes, Ints, ranges
from comity.columnar.findings.finding_columns import STATUSES, ChosenFindings, FindingColumns
from comity.columnar.partitions.event_names import EventNames
from comity.columnar.partitions.zone_times import clamp
from comity.columnar.scan.scanner import Scanner
from comity.columns.arrow_arrays import filled, joined, numbers, text, texts
from comity.columns.instant_texts import instant_texts
from comity.plan import PlannedRule, Wording
from comity.plan.wording import describe_event, template_pieces
from comity.records import frozen
from comity.results.arrow_table import finding_schema
from comity.results.finding_keys import FINDING_KEYS, INSTANTS
from comity.results.findings import Finding


@frozen
class Files:
    """Where each file of a log begins among the places of events, and the prefix of its row labels."""

    begins: Ints
    prefixes: tuple[str, ...]
    names: EventNames

    def labels(self, places: Ints) -> pa.Array:
        """Return the names of events in findings: their ids or labels, or else the numbers of their rows."""
        named = self.names.of(places)
        if named is not None and not named.null_count:
            return named
        file = np.searchsorted(self.begins, places, "right") - 1
        rows = numbers(places - self.begins[file] + 1).cast(pa.string())
        prefix: pa.Array | str = self.prefixes[0]
        if len(self.prefixes) > 1:
            prefix = texts(self.prefixes).take(numbers(file))
        labels = joined(prefix, rows)
        return labels if named is None else pc.coalesce(named, labels)


class Renderer:
    """Writes findings as texts."""

    def __init__(self, rules: Sequence[PlannedRule], scanner: Scanner, files: Files) -> None:
        self.rules = rules
        self.scanner = scanner
        self.files = files
        self.events = [describe_event(kind, channel) for kind, channel in scanner.pairs.values]
        """The words for an event, by the number of its kind and channel."""

    def within(self, found: FindingColumns) -> Renderer:
        """Return what writes these findings; it has their names in memory."""
        if not self.files.names.stored:
            return self
        places = np.concatenate((found.event, found.evidence))
        files = attrs.evolve(self.files, names=self.files.names.only(places))
        return Renderer(self.rules, self.scanner, files)

    def batch(self, found: ChosenFindings, columns: Sequence[str] = FINDING_KEYS) -> pa.RecordBatch:
        """Return findings as a record batch with these columns."""
        written = _Written(self, found)
        made = [getattr(written, name)() for name in columns]
        return pa.record_batch(made, schema=finding_schema(columns))

    def objects(self, found: ChosenFindings) -> list[Finding]:
        """Return findings as objects."""
        batch = self.batch(found, [name for name in FINDING_KEYS if name not in INSTANTS])
        columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
        columns["scope"] = [tuple(scope) for scope in columns["scope"]]
        columns["evidence"] = [tuple(labels) for labels in columns["evidence"]]
        columns["at"] = found.at.tolist()
        for name, instants in (("allowed_from", found.allowed_from), ("due", found.due)):
            columns[name] = [None if instant == NONE else instant for instant in instants.tolist()]
        return [Finding(*values) for values in zip(*(columns[name] for name in FINDING_KEYS), strict=True)]


class _Written:
    """The columns of some findings, each a method of its name that returns an Arrow array.

    What several columns need is made once, and not at all if no column needs it.
    """

    def __init__(self, renderer: Renderer, found: ChosenFindings) -> None:
        self._rules = renderer.rules
        self._scanner = renderer.scanner
        self._files = renderer.files
        self._events = renderer.events
        self._found = found

    def policy(self) -> pa.Array:
        return _coded([rule.policy for rule in self._rules], self._found.rule)

    def rule(self) -> pa.Array:
        return _coded([rule.id for rule in self._rules], self._found.rule)

    def kind(self) -> pa.Array:
        return _coded([rule.kind for rule in self._rules], self._found.rule)

    def severity(self) -> pa.Array:
        return _coded([rule.severity for rule in self._rules], self._found.rule)

    def status(self) -> pa.Array:
        return _coded(STATUSES, self._found.status.astype(np.int32))

    def required(self) -> pa.Array:
        return _coded([_wording(rule).required for rule in self._rules], self._found.rule)

    def person(self) -> pa.Array:
        return self._persons

    def event(self) -> pa.Array:
        return self._files.labels(self._found.event)

    def at(self) -> pa.Array:
        return _instants(self._found.at)

    def evidence(self) -> pa.Array:
        return pa.ListArray.from_arrays(numbers(self._ends), self._evidence)

    def measured(self) -> pa.Array:
        return self._found.measured

    def allowed_from(self) -> pa.Array:
        return _instants(self._found.allowed_from)

    def due(self) -> pa.Array:
        return _instants(self._found.due)

    @cached_property
    def _persons(self) -> pa.Array:
        return self._scanner.persons.texts(self._found.person)

    @cached_property
    def _evidence(self) -> pa.Array:
        """The names of the events that are evidence, of one finding after another."""
        return self._files.labels(self._found.evidence)

    @cached_property
    def _ends(self) -> Codes:
        """Where the evidence of each finding begins, and where that of the last one ends, (n + 1,)."""
        ends = np.zeros(len(self._found) + 1, np.int32)
        np.cumsum(self._found.sizes, out=ends[1:])
        return ends

    def scope(self) -> pa.Array:
        """Return the scopes as a map array, the fields of each rule in the order of its `per`."""
        found = self._found
        count = len(found)
        names: list[str] = []
        parts: list[pa.Array] = []
        table: dict[str, int] = {}
        for name in dict.fromkeys(name for rule in self._rules for name in rule.per):
            table[name] = len(names)
            names.append(name)
            if name == "person":
                parts.append(self._persons)
            else:
                parts.append(self._values(name, found.extra.get(name, np.full(count, -1, np.int32))))
        per = [[table[name] for name in rule.per] for rule in self._rules]
        sizes = np.array([len(each) for each in per], np.int64)[found.rule]
        flat = np.array([number for each in per for number in each] or [0], np.int64)
        firsts = np.cumsum([0, *(len(each) for each in per)])[found.rule]
        which = flat[ranges(firsts, sizes)]
        row = np.repeat(np.arange(count), sizes)
        keys = texts(names or [""]).take(numbers(which))
        values = texts([])
        if len(parts) == 1:
            values = parts[0].take(numbers(row)) if len(row) != count or not (sizes == 1).all() else parts[0]
        elif parts:
            values = pa.concat_arrays(parts).take(numbers(which * count + row))
        ends = np.zeros(count + 1, np.int32)
        np.cumsum(sizes, out=ends[1:])
        return pa.MapArray.from_arrays(numbers(ends), keys, values)

    def _values(self, name: str, codes: Codes) -> pa.Array:
        values = self._scanner.values(name)
        return texts([*values, None]).take(numbers(np.where(codes < 0, len(values), codes)))

    def message(self) -> pa.Array:
        """Return the messages: fill the wording for all findings of one rule and status at once."""
        found = self._found
        kinds = found.rule * len(STATUSES) + found.status
        # `np.unique` of small numbers would sort them, and import numpy's masked arrays at the first call.
        present = np.flatnonzero(np.bincount(kinds)).tolist()
        parts, places = [], []
        for kind in present:
            where = np.flatnonzero(kinds == kind)
            rule, status = divmod(kind, len(STATUSES))
            parts.append(self._message(_wording(self._rules[rule]), STATUSES[status], where))
            places.append(where)
        if not parts:
            return texts([])
        if len(parts) == 1:
            return parts[0]
        back = np.empty(len(found), np.int64)
        back[np.concatenate(places)] = np.arange(len(found))
        return pa.concat_arrays(parts).take(numbers(back))

    def _message(self, wording: Wording, status: str, where: Ints) -> pa.Array:
        found = self._found
        pieces: list[pa.Array | str] = []
        for is_slot, piece in template_pieces(wording.of(status)):
            if not is_slot:
                pieces.append(piece)
            elif piece == "event":
                pieces.append(texts(self._events).take(numbers(found.pair[where])))
            elif piece == "measured":
                pieces.append(found.measured.take(numbers(where)))
            elif piece == "evidence":
                last = np.where(found.sizes[where] > 0, self._ends[1:][where] - 1, -1)
                pieces.append(filled(self._evidence.take(numbers(last, last < 0)), ""))
            else:
                pieces.append(filled(instant_texts(_instants(found.due[where])), ""))
        if all(isinstance(piece, str) for piece in pieces):
            return pa.repeat(text("".join(pieces)), len(where))
        return joined(*pieces)


def _wording(rule: PlannedRule) -> Wording:
    return rule.constraint.wording


def _coded(values: Sequence[str], codes: Codes) -> pa.Array:
    distinct = {value: number for number, value in enumerate(dict.fromkeys(values))}
    table = np.array([distinct[value] for value in values] or [0], np.int32)
    return pa.DictionaryArray.from_arrays(numbers(table[codes]), texts(list(distinct)))


def _instants(instants: Ints) -> pa.Array:
    missing = instants == NONE
    values = numbers(clamp(instants), missing)
    return values.cast(pa.timestamp("us", "UTC"))
