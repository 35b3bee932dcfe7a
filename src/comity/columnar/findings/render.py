"""Findings as texts: Arrow batches and objects made from finding columns."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columnar.arrays import NONE, Codes, Ints, ranges
from comity.columnar.findings.finding_columns import STATUSES, FindingColumns, Labelled
from comity.columnar.partitions.zone_times import clamp
from comity.columnar.scan.scanner import Scanner
from comity.columns.arrow_arrays import filled, joined, numbers, text, texts
from comity.plan import PlannedRule, Wording
from comity.plan.wording import describe_event, template_pieces
from comity.results.arrow_table import finding_schema, instant_texts
from comity.results.findings import Finding


@attrs.frozen
class Files:
    """Where each file of a log begins among the places of events, and the prefix of its row labels."""

    begins: Ints
    prefixes: tuple[str, ...]

    def labels(self, events: Labelled) -> pa.Array:
        """Return the names of events in findings."""
        file = np.searchsorted(self.begins, events.pos, "right") - 1
        rows = numbers(events.pos - self.begins[file] + 1).cast(pa.string())
        prefix: pa.Array | str = self.prefixes[0]
        if len(self.prefixes) > 1:
            prefix = texts(self.prefixes).take(numbers(file))
        labels = joined(prefix, rows)
        return labels if events.texts is None else pc.coalesce(events.texts, labels)


def take(found: FindingColumns, order: Ints, begins: Ints | None = None) -> FindingColumns:
    """Return findings in an order; `begins` says where the evidence of each finding begins."""
    if begins is None:
        begins = evidence_begins(found)
    evidence = found.evidence
    if len(evidence.pos):
        sizes = found.sizes[order].astype(np.int64)
        evidence = evidence.take(ranges(begins[order], sizes))
    return FindingColumns(
        found.rule[order],
        found.status[order],
        found.at[order],
        [word[order] for word in found.person],
        found.pair[order],
        found.event.take(order),
        evidence,
        found.sizes[order],
        found.measured.take(numbers(order)),
        found.allowed_from[order],
        found.due[order],
        {name: codes[order] for name, codes in found.extra.items()},
    )


def evidence_begins(found: FindingColumns) -> Ints:
    """Return the index at which the evidence of each finding begins."""
    begins: Ints = np.cumsum(found.sizes, dtype=np.int64) - found.sizes
    return begins


class Renderer:
    """Writes findings as texts."""

    def __init__(self, rules: Sequence[PlannedRule], scanner: Scanner, files: Files) -> None:
        self._rules = rules
        self._scanner = scanner
        self._files = files
        self._events = [describe_event(kind, channel) for kind, channel in scanner.pairs.values]

    def batch(self, found: FindingColumns) -> pa.RecordBatch:
        """Return findings as a record batch."""
        rules, persons = self._rules, self._scanner.persons.texts(found.person)
        event, evidence = self._files.labels(found.event), self._files.labels(found.evidence)
        ends = np.zeros(len(found) + 1, np.int32)
        np.cumsum(found.sizes, out=ends[1:])
        columns = {
            "policy": _coded([rule.policy for rule in rules], found.rule),
            "rule": _coded([rule.id for rule in rules], found.rule),
            "kind": _coded([rule.kind for rule in rules], found.rule),
            "severity": _coded([rule.severity for rule in rules], found.rule),
            "status": _coded(STATUSES, found.status.astype(np.int32)),
            "person": persons,
            "scope": self._scopes(found, persons),
            "event": event,
            "at": _instants(found.at),
            "evidence": pa.ListArray.from_arrays(numbers(ends), evidence),
            "measured": found.measured,
            "required": _coded([_wording(rule).required for rule in rules], found.rule),
            "allowed_from": _instants(found.allowed_from),
            "due": _instants(found.due),
            "message": self._messages(found, evidence, ends),
        }
        schema = finding_schema()
        return pa.record_batch([columns[name] for name in schema.names], schema=schema)

    def _scopes(self, found: FindingColumns, persons: pa.Array) -> pa.Array:
        """Return the scopes as a map array, the fields of each rule in the order of its `per`."""
        count = len(found)
        names: list[str] = []
        parts: list[pa.Array] = []
        table: dict[str, int] = {}
        for name in dict.fromkeys(name for rule in self._rules for name in rule.per):
            table[name] = len(names)
            names.append(name)
            if name == "person":
                parts.append(persons)
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

    def _messages(self, found: FindingColumns, evidence: pa.Array, ends: Codes) -> pa.Array:
        """Return the messages: it fills the wording for all findings of one rule and status at once."""
        kinds = found.rule * len(STATUSES) + found.status
        # `np.unique` of small numbers would sort them, and import numpy's masked arrays at the first call.
        present = np.flatnonzero(np.bincount(kinds)).tolist()
        parts, places = [], []
        for kind in present:
            where = np.flatnonzero(kinds == kind)
            rule, status = divmod(kind, len(STATUSES))
            parts.append(
                self._message(_wording(self._rules[rule]), STATUSES[status], found, where, evidence, ends)
            )
            places.append(where)
        if not parts:
            return texts([])
        if len(parts) == 1:
            return parts[0]
        back = np.empty(len(found), np.int64)
        back[np.concatenate(places)] = np.arange(len(found))
        return pa.concat_arrays(parts).take(numbers(back))

    def _message(
        self,
        wording: Wording,
        status: str,
        found: FindingColumns,
        where: Ints,
        evidence: pa.Array,
        ends: Codes,
    ) -> pa.Array:
        pieces: list[pa.Array | str] = []
        for is_slot, piece in template_pieces(wording.of(status)):
            if not is_slot:
                pieces.append(piece)
            elif piece == "event":
                pieces.append(texts(self._events).take(numbers(found.pair[where])))
            elif piece == "measured":
                pieces.append(found.measured.take(numbers(where)))
            elif piece == "evidence":
                last = np.where(found.sizes[where] > 0, ends[1:][where] - 1, -1)
                pieces.append(filled(evidence.take(numbers(last, last < 0)), ""))
            else:
                pieces.append(filled(instant_texts(_instants(found.due[where])), ""))
        if all(isinstance(piece, str) for piece in pieces):
            return pa.repeat(text("".join(pieces)), len(where))
        return joined(*pieces)

    def objects(self, found: FindingColumns) -> list[Finding]:
        """Return findings as objects."""
        batch = self.batch(found)
        columns = {
            name: batch.column(name).to_pylist() for name in batch.schema.names if name not in _INSTANTS
        }
        columns["scope"] = [tuple(scope) for scope in columns["scope"]]
        columns["evidence"] = [tuple(labels) for labels in columns["evidence"]]
        columns["at"] = found.at.tolist()
        for name, instants in (("allowed_from", found.allowed_from), ("due", found.due)):
            columns[name] = [None if instant == NONE else instant for instant in instants.tolist()]
        return [
            Finding(*values) for values in zip(*(columns[name] for name in batch.schema.names), strict=True)
        ]


_INSTANTS = ("at", "allowed_from", "due")


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
