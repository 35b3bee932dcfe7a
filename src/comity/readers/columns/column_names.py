"""Columns by their names: which stand for fields, also in another case or with other signs between words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

from comity.readers.reader import Needs
from comity.readers.row_batch import RowBatch
from comity.readers.split import ArrowBatch
from comity.records import define
from comity.texts.spelling import squeeze


class Wanted(frozenset[str]):
    """Names of columns that are needed; the name of a field is in it in every spelling."""

    _squeezed: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str], fields: Iterable[str]) -> Wanted:
        """Return names of columns and names of fields as one set."""
        fields = tuple(fields)
        made = cls((*names, *fields))
        made._squeezed = frozenset(map(squeeze, fields))
        return made

    def __contains__(self, name: object) -> bool:
        if super().__contains__(name):
            return True
        return isinstance(name, str) and squeeze(name) in self._squeezed


@define(eq=False)
class ColumnNames:
    """Finds columns whose names are other spellings of fields, and renames them."""

    fields: tuple[str, ...]
    """Fields and attributes without a rule in the mapping: a column of their name stands for them."""
    used: frozenset[str]
    """Columns that a mapping names."""
    taken: dict[str, str] = attrs.field(factory=dict)
    """Columns that were taken as a field so far, with that field."""
    unsure: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    """Fields for which several columns could stand, so that none was taken."""
    _known: dict[tuple[str, ...], dict[str, str]] = attrs.field(factory=dict)

    def of(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return, by column, the field whose name it spells in another way."""
        key = tuple(names)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find(key)
        return found

    def _find(self, names: tuple[str, ...]) -> dict[str, str]:
        there = set(names)
        fields = Counter(map(squeeze, self.fields))
        spelled: dict[str, list[str]] = {}
        for name in names:
            if name not in self.used:
                spelled.setdefault(squeeze(name), []).append(name)
        found = {}
        for field in self.fields:
            columns = [name for name in spelled.get(squeeze(field), ()) if name not in self.fields]
            if field in there or field in self.used or not columns:
                continue
            if len(columns) > 1 or fields[squeeze(field)] > 1:
                self.unsure[field] = tuple(dict.fromkeys(columns))
            else:
                found[columns[0]] = field
        self.taken.update(found)
        return found

    def batch(self, batch: RowBatch) -> RowBatch:
        """Return a batch whose columns have the names of fields."""
        renames = self.of(batch.names)
        return renamed_batch(batch, renames) if renames else batch


def renamed_batch(batch: RowBatch, renames: Mapping[str, str]) -> RowBatch:
    """Return a row batch whose columns have other names."""
    return attrs.evolve(
        batch,
        columns={renames.get(name, name): cells for name, cells in batch.columns.items()},
        names=[renames.get(name, name) for name in batch.names],
        times={renames.get(name, name): precision for name, precision in batch.times.items()},
    )


def renamed_arrow_batch(chunk: ArrowBatch, renames: Mapping[str, str]) -> ArrowBatch:
    """Return an Arrow batch whose columns have other names."""
    if not renames:
        return chunk
    columns = {renames.get(name, name): cells for name, cells in chunk.columns.items()}
    return attrs.evolve(chunk, columns=columns, rows=lambda rows: renamed_batch(chunk.rows(rows), renames))


def spelled_needs(needs: Needs, renames: Mapping[str, str]) -> Needs:
    """Return what is needed, in the names that the log writes."""
    spelled = {field: column for column, field in renames.items()}
    earliest = needs.earliest
    if earliest is not None:
        earliest = attrs.evolve(earliest, column=spelled.get(earliest.column, earliest.column))
    repeating = frozenset(spelled.get(name, name) for name in needs.repeating)
    return attrs.evolve(needs, repeating=repeating, earliest=earliest)
