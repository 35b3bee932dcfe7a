"""The columns of a log: which ones are needed, which ones its files have, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs

from comity.budgets import log_over_budget
from comity.columns.event_columns import ABSENT
from comity.errors import ComityError, suggest
from comity.notices import Notice
from comity.readers.columns.column_names import ColumnNames, Wanted
from comity.readers.columns.column_notices import check_keys, column_notices
from comity.readers.columns.hints import hint
from comity.readers.mapping.mapping import MAPPABLE, FieldRule
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.readers.reader import Earliest, Needs, Reader
from comity.readers.row_batch import RowBatch
from comity.readers.sources.source import LogInput

_MOST_SHOWN: Final = 30
"""How many columns a message lists."""
_LOOKED_AT: Final = 50
"""How many cells of a column are looked at to tell what it holds."""


class LogColumns:
    """Compares the columns that a mapping and the policies need with those of the files of one reading."""

    def __init__(self, mapping: LogMapping, attributes: frozenset[str] | None) -> None:
        """Take what is needed; `attributes` are the needed attributes (None: every further column).

        Raises UsageError for a key of the mapping that is probably a misspelt field or attribute.
        """
        self._mapping = mapping
        self._attributes = attributes
        self._ignored = check_keys(mapping, attributes)
        self._needed = {column.strip(): what for column, what in mapping.columns()}
        for field in ("person", "at"):
            if field not in mapping.fields:
                self._needed.setdefault(field, "")
        fields = (*MAPPABLE, *sorted(attributes or ()))
        own = tuple(name for name in fields if name not in mapping.fields)
        self.names = ColumnNames(own, frozenset(column.strip() for column, _ in mapping.columns()))
        self._told: dict[str, Notice] = {}
        self._files: dict[str, frozenset[str]] = {}
        """By file, its columns, under the names of the fields that they stand for."""

    def wanted(self) -> frozenset[str] | None:
        """Return the columns that are needed; None is all."""
        if self._attributes is None:
            return None
        return Wanted.of((*self._needed, *MAPPABLE, *self._attributes), self.names.fields)

    def needs(self, earliest: int | None) -> Needs:
        """Return the columns that are needed, those of them whose texts repeat, and from when on."""
        repeating = {self._mapping.fields.get(name, FieldRule(name)).column or "" for name in ABSENT}
        at = self._mapping.fields.get("at", FieldRule("at")).column
        since = None if earliest is None or at is None else Earliest(at, earliest)
        return Needs(self.wanted(), frozenset(repeating - {""}), since)

    def see(self, source: LogInput, names: Iterable[str]) -> None:
        """Note the columns of a file."""
        self._files[source.name] = frozenset(names)

    def lacking(self) -> dict[str, list[str]]:
        """Return, by field or attribute, the files that have no column for it."""
        found: dict[str, list[str]] = {}
        for field in self.names.fields:
            without = [file for file, names in self._files.items() if field not in names]
            if without:
                found[field] = without
        return found

    def absent(self) -> frozenset[str]:
        """Return the fields and attributes for which no file has a column."""
        return frozenset(name for name, files in self.lacking().items() if len(files) == len(self._files))

    def spelled(self, field: str) -> str:
        """Return the name of the column that a field is taken from, as the log writes it."""
        rule = self._mapping.fields.get(field)
        if rule is not None and rule.column is not None:
            return rule.column
        return next((column for column, taken in self.names.taken.items() if taken == field), field)

    def notices(self) -> Iterator[Notice]:
        """Report columns that were taken as fields, what nothing reads, and what readers tell of rows."""
        yield from column_notices(self.names, self._ignored)
        for notice in self._told.values():
            yield attrs.evolve(notice, message=notice.message.replace("{count}", f"{notice.count:,}"))

    def check(self, source: LogInput, reader: Reader, batch: RowBatch) -> None:
        """Check the columns of a batch.

        Raises InputError where a batch has too many columns, or where a header or schema does not have a
        needed column, or has it twice.
        """
        for notice in batch.told:
            known = self._told.get(notice.code)
            count = (notice.count or 1) + (0 if known is None else known.count or 0)
            self._told[notice.code] = attrs.evolve(known or notice, count=count)
        most = self._mapping.log.budgets.columns
        if len(batch.names) > most:
            raise source.error(log_over_budget("columns", f"there are {len(batch.names):,} columns", most))
        if not batch.fixed:
            return
        self.require(source, reader, batch.names)
        mapped = self._mapping.fields
        fields = (field for field in MAPPABLE if field not in mapped)
        used = {*self._needed, *fields, *(self._attributes or ())}
        if twice := sorted(used & batch.repeated):
            raise source.error(f"several columns are called `{twice[0]}`")

    def require(self, source: LogInput, reader: Reader, names: Iterable[str]) -> None:
        """Raise InputError where a needed column is not among the names; it says which column could be it."""
        names = list(dict.fromkeys(names))
        for column, what in self._needed.items():
            if column in names:
                continue
            written = {field: name for name, field in self.names.taken.items()}
            shown = (written.get(name, name) for name in names[:_MOST_SHOWN])
            listed = ", ".join(f"`{name}`" for name in shown) or "none"
            more = ", …" if len(names) > _MOST_SHOWN else ""
            if what:
                problem = f"has no column `{column}`, which the mapping names for {what}"
                offered = suggest(column, names)
            elif unsure := self.names.unsure.get(column):
                several = " and ".join(f"`{name}`" for name in unsure)
                problem = f"has no column `{column}`, and {several} could both be it"
                offered = f"name the right one with --map {column}=COLUMN"
            else:
                problem = f"has no column `{column}`, and no mapping says which one it is"
                offered = hint(column, names, self._first_cells(source, reader))
            advice = "; ".join(filter(None, (offered, f"the columns are {listed}{more}")))
            raise source.error(f"{problem}: {advice}")

    def _first_cells(self, source: LogInput, reader: Reader) -> dict[str, Sequence[object]]:
        """Return some cells of every column, and no column where they cannot be read."""
        try:
            with source.open(seekable=reader.seeks) as opened:
                for batch in source.batches(reader, opened, self._mapping.log, None):
                    if len(batch.numbers):
                        return {name: cells[:_LOOKED_AT] for name, cells in batch.columns.items()}
        except ComityError:
            pass
        return {}
