"""Arrow batches as columns of events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.columns.arrow_arrays import encoded, flags, numbers, text, texts
from comity.columns.event_columns import ABSENT, Coded, EventColumns
from comity.columns.from_events import columns_of
from comity.columns.taken import take_columns
from comity.events.fields import CLEANED, FIELDS, IDENTITIES
from comity.readers.arrow.join import join_columns
from comity.readers.arrow.refused import Reasons, Refused
from comity.readers.arrow.texts import as_texts, constant, is_empty, is_text, is_wide
from comity.readers.arrow.times import ArrowTimes, read_times
from comity.readers.events.cells import Bad, Cells
from comity.readers.events.fields import FieldReader
from comity.readers.events.row_maker import RowMaker
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.readers.row_batch import BadRow, RowBatch
from comity.readers.row_counts import RowCounts
from comity.readers.split import ArrowBatch
from comity.records import define
from comity.texts.identity import has_invisible, identity

_FEW = 16
"""Fewer suspect rows are read one by one; of more, this many texts are tried to see whether most fail."""


@define(eq=False)
class MappedColumns:
    """The events of some rows as columns, and the rows that are rejected."""

    columns: EventColumns
    rejected: list[BadRow]
    refused: Refused | None
    """Further rejected rows."""
    counts: RowCounts


class ArrowBatchReader:
    """Makes the events of one Arrow batch; unusual rows are read one by one."""

    def __init__(self, maker: RowMaker, mapping: LogMapping, fields: frozenset[str]) -> None:
        """Prepare a reader; `fields` are the fields and attributes that are needed."""
        self._maker = maker
        self._mapping = mapping
        self._wanted = fields
        self._fields: FieldReader = maker.first

    def read(self, chunk: ArrowBatch, first: int) -> MappedColumns:
        """Read an Arrow batch whose first row has the place `first`."""
        mapped = self._read(chunk, first)
        # All rows of the batch are counted, even if the reader loses some when they are read one by one.
        mapped.counts.rows_read = chunk.count
        return mapped

    def _read(self, chunk: ArrowBatch, first: int) -> MappedColumns:
        keep, misfits = self._kept(chunk), chunk.misfits
        reasons = Reasons(chunk.count)
        if misfits is not None:
            reasons.refuse(misfits)
            keep = None if keep is None else keep | misfits
        unclear = np.zeros(chunk.count, np.bool_)
        person = self._texts("person", chunk, unclear)
        if person is None:
            return self._one_by_one(chunk, np.arange(chunk.count), first)
        reasons.ask(unclear)
        reasons.refuse(is_empty(person))
        times = self._times(chunk)
        if times is None:
            every = np.ones(chunk.count, np.bool_)
            times = ArrowTimes(np.zeros(chunk.count, np.int64), every)
        if times.impossible is not None:
            reasons.refuse(times.impossible)
        self._untimely(chunk, times.suspect, reasons)
        if reasons.open.all():
            return self._one_by_one(chunk, np.arange(chunk.count), first)
        unclear = np.zeros(chunk.count, np.bool_)
        ids = self._texts("id", chunk, unclear)
        reasons.ask(unclear)
        coded = {
            name: self._coded(name, chunk, reasons)
            for name in ABSENT
            if name in self._wanted or name in ("direction", "timezone")
        }
        coded = {
            name: column for name, column in coded.items() if name in self._wanted or name == "direction"
        }
        unclear = np.zeros(chunk.count, np.bool_)
        attributes = {
            name: self._attribute(name, chunk, unclear) for name in sorted(self._wanted - set(FIELDS))
        }
        reasons.ask(unclear)
        refused = reasons.refused(chunk, first, keep, self._maker)
        good = ~reasons.open if keep is None else keep & ~reasons.open
        if refused is not None:
            good[refused.rows] = False
        suspect = reasons.open if keep is None else reasons.open & keep
        places = np.arange(first, first + chunk.count)
        instants, dates = times.instants, times.dates
        if ids is not None:
            empty = is_empty(ids)
            ids = pa.compute.if_else(flags(empty), text(None), ids) if empty.any() else ids
        dates = dates if dates is not None and dates.any() else None
        columns = EventColumns(instants, person, places, coded, attributes, ids, None, dates)
        if not good.all():
            columns = take_columns(columns, np.flatnonzero(good))
        counts = RowCounts(
            rows_rejected=0 if refused is None else len(refused.rows),
            rows_skipped=0 if keep is None else int(chunk.count - keep.sum()),
            events=len(columns),
            dates_without_time=0 if columns.date_only is None else int(columns.date_only.sum()),
            latest=int(columns.at.max()) if len(columns) else None,
        )
        mapped = MappedColumns(columns, [], refused, counts)
        if suspect.any():
            mapped = joined(mapped, self._one_by_one(chunk, np.flatnonzero(suspect), first))
        return mapped

    def _untimely(self, chunk: ArrowBatch, suspect: NDArray[np.bool_], reasons: Reasons) -> None:
        """Reject texts that are not times, each distinct text once; the other rows are read one by one."""
        rows, column = reasons.undecided(suspect), self._column("at", chunk)
        if len(rows) < _FEW or column is None or not is_text(column.type):
            reasons.ask(suspect)
            return
        codes, cells = encoded(column.take(numbers(rows)))
        if 2 * len(self._fields.untimely(cells[:_FEW])) >= len(cells[:_FEW]):
            reasons.note_values(self._fields.untimely(cells), codes, len(cells), rows)
        reasons.ask(suspect)

    def _one_by_one(self, chunk: ArrowBatch, rows: NDArray[np.int64], first: int) -> MappedColumns:
        return read_batch(self._maker, chunk.rows(rows.tolist()), self._wanted, first)

    def _kept(self, chunk: ArrowBatch) -> NDArray[np.bool_] | None:
        """Return which rows pass every `[[only]]`; None where the mapping has none."""
        keep = None
        for only in self._mapping.only:
            column, values = chunk.columns.get(only.column.strip()), frozenset(v.strip() for v in only.values)
            if column is None:
                return np.zeros(chunk.count, np.bool_)
            codes, cells = encoded(column)
            passes = np.array([text in values for text in Cells(cells).texts({})] or [False], np.bool_)[codes]
            keep = passes if keep is None else keep & passes
        return keep

    def _column(self, field: str, chunk: ArrowBatch) -> pa.Array | None:
        column = self._fields.rules[field].column
        return None if column is None else chunk.columns.get(column)

    def _texts(self, field: str, chunk: ArrowBatch, suspect: NDArray[np.bool_]) -> pa.Array | None:
        """Return the trimmed texts of a field; None where the log has none."""
        rule, column = self._fields.rules[field], self._column(field, chunk)
        if column is None:
            value = next(self._fields.column(field, {}, {}))
            return None if value is None else pa.repeat(text(value), chunk.count)
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        plain = is_text(kind) or pa.types.is_integer(kind)
        if plain and rule.values is None and rule.default is None:
            found = as_texts(column)
            return _identities(found, suspect) if field in IDENTITIES else found
        reasons = Reasons(chunk.count)
        coded = self._coded(field, chunk, reasons)
        suspect |= reasons.unclear
        found = texts([value or "" for value in coded.values])
        return found.take(numbers(coded.codes))

    def _times(self, chunk: ArrowBatch) -> ArrowTimes | None:
        column = self._column("at", chunk)
        return None if column is None else read_times(column, self._fields.rules["at"], self._fields.zone)

    def _coded(self, field: str, chunk: ArrowBatch, reasons: Reasons) -> Coded:
        column = self._column(field, chunk)
        if column is None:
            return constant(next(self._fields.column(field, {}, {})), chunk.count)
        codes, cells = encoded(column)
        failed: Bad = {}
        name = self._fields.rules[field].column
        assert name is not None, "INVARIANT: a field that has a column in the batch names it"
        values = self._fields.column(field, {name: Cells(cells)}, failed)
        if field in CLEANED:
            failed |= {code: "" for code, cell in enumerate(cells) if _has_hidden(cell)}
        reasons.note_values(failed, codes, len(cells))
        return Coded(codes, list(values))

    def _attribute(self, name: str, chunk: ArrowBatch, suspect: NDArray[np.bool_]) -> Coded:
        rule = self._fields.rules.get(name)
        column = chunk.columns.get(name if rule is None else rule.column or "")
        if column is None:
            value = None if rule is None else rule.value if rule.column is None else rule.default
            return constant(value, chunk.count)
        codes, cells = encoded(column)
        failed: Bad = {}
        if rule is None:
            values = Cells(cells).attributes(failed)
        else:
            values = self._fields.attributes({rule.column or "": Cells(cells)}, len(cells), failed)[name]
        return Coded(codes, _mark_failed(values, failed, codes, suspect))


def _identities(column: pa.Array, suspect: NDArray[np.bool_]) -> pa.Array:
    """Return texts in the form in which they are compared; rows with invisible characters are suspect."""
    if not len(column) or not is_wide(column):
        return column
    codes, values = encoded(column)
    hidden = np.array([value is not None and has_invisible(value) for value in values], np.bool_)
    suspect |= hidden[codes]
    written = [None if value is None else identity(value) for value in values]
    return column if written == values else texts(written).take(numbers(codes))


def _has_hidden(cell: object) -> bool:
    return isinstance(cell, str) and has_invisible(cell)


def _mark_failed(
    values: list[Any], failed: Bad, codes: NDArray[np.int32], suspect: NDArray[np.bool_]
) -> list[Any]:
    """Return the values, and mark the rows whose cells cannot be read as suspect."""
    if failed:
        bad = np.zeros(len(values), np.bool_)
        bad[list(failed)] = True
        suspect |= bad[codes]
    return values


def read_batch(maker: RowMaker, batch: RowBatch, fields: frozenset[str], first: int) -> MappedColumns:
    """Read rows one by one; `first` is the place of the row with the number 1."""
    made = maker.make(batch)
    places = [number - 1 + first for number in made.numbers]
    rejected = [row.at(row.number + first) for row in made.rejected]
    columns = columns_of(made.events, fields, places, numbered=True)
    return MappedColumns(columns, rejected, None, made.counts)


def joined(one: MappedColumns, other: MappedColumns) -> MappedColumns:
    """Return two parts of the same rows as one, in the order of their places."""
    return MappedColumns(
        join_columns([one.columns, other.columns]),
        sorted([*one.rejected, *other.rejected], key=lambda row: row.number),
        one.refused or other.refused,
        one.counts + other.counts,
    )
