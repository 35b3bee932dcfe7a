"""How the rows of a piece are read: with the mapping and the zone of the log, as any table in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from comity.errors import UsageError, one_of
from comity.events.channels.channel import Channels
from comity.readers import Log
from comity.readers import Mapping as LogMapping
from comity.readers.columns.log_columns import LogColumns
from comity.readers.mapping.mapping import FieldRule
from comity.readers.sources.table_source import TableSource
from comity.records import frozen
from comity.results.report import Rejection

_MOST_SHOWN = 30


@frozen(eq=False)
class Reading:
    """What is the same for all pieces of a log."""

    mapping: LogMapping
    timezone: str | None
    attributes: frozenset[str]
    """The attributes that the policies read."""
    fields: frozenset[str]
    """The fields of every event that the policies read."""
    channels: Channels

    def log(
        self,
        table: pa.Table,
        attributes: Iterable[str] | None = None,
        on_start: Callable[[], None] | None = None,
        on_reject: Callable[[Rejection], None] | None = None,
    ) -> Log:
        """Return a table as a log."""
        return Log(
            [TableSource(table)],
            readers=(),
            mapping=self.mapping,
            timezone=self.timezone,
            attributes=self.attributes if attributes is None else attributes,
            fields=self.fields,
            channels=self.channels,
            on_start=on_start,
            on_reject=on_reject,
        )

    def columns(self, names: Sequence[str], order_by: str) -> list[str]:
        """Return the columns that are read, of those with some names; raises UsageError without an order."""
        if order_by not in names:
            shown = ", ".join(f"`{name}`" for name in names[:_MOST_SHOWN]) or "none"
            raise UsageError(
                f"there is no column `{order_by}` to order the rows by: the columns are {shown}"
                + (", …" if len(names) > _MOST_SHOWN else "")
            )
        wanted = LogColumns(self.mapping, self.attributes).wanted()
        return [name for name in names if name == order_by or wanted is None or name in wanted]

    def column(self, field: str, names: Sequence[str]) -> str | None:
        """Return the column that a field is taken from; None where there is none."""
        rule = self.mapping.fields.get(field)
        if rule is not None:
            return rule.column if rule.column in names else None
        if field in names:
            return field
        renames = LogColumns(self.mapping, self.attributes).names.of(names)
        return next((column for column, taken in renames.items() if taken == field), None)

    def check_times(self, schema: pa.Schema) -> None:
        """Raise UsageError for a column of times without a zone, where no zone is given."""
        rules = [self.mapping.fields.get("at", FieldRule("at"))]
        rules += [fields["at"] for fields in self.mapping.also if "at" in fields]
        for number, rule in enumerate(rules):
            name = self.column("at", schema.names) if not number else rule.column
            if name is None or name not in schema.names or rule.timezone or self.timezone:
                continue
            kind = schema.field(name).type
            if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
                what = "dates" if pa.types.is_date(kind) else "times without a zone (TIMESTAMP_NTZ in Spark)"
                raise UsageError(
                    f"the column `{name}` has {what}, which are no instants: "
                    'say where they were written, such as timezone="Europe/Paris"'
                )

    def check_columns(self, schema: pa.Schema) -> None:
        """Raise InputError where a column is missing that a log must have, or that the mapping names."""
        for block in self.log(schema.empty_table()).blocks(frozenset()):
            block.load()

    def check_key(self, fields: Sequence[str]) -> None:
        """Raise UsageError where one row may become events that belong into different pieces."""
        if self.mapping.log.dedupe is not None and tuple(fields) not in ((), ("person",)):
            raise UsageError(
                "rows that are there twice are found among those of one person, and a pass of these rules "
                f"splits the log by {one_of(fields)}: leave such rows out before"
            )
        for further in self.mapping.also:
            moved = sorted({*further} & {*fields})
            if moved:
                raise UsageError(
                    f"an event of `[[also]]` has {one_of(moved)} of its own, so that it may belong into "
                    "another piece of the log than its row: make rows of such events before"
                )

    def with_ids(self, table: pa.Table, order: pa.Array) -> tuple[pa.Table, int]:
        """Give events without an id the value of their row in the order column; reports name them by it.

        The second value is how many rows have none.
        """
        rule = self.mapping.fields.get("id")
        if rule is not None and (rule.column is None or rule.values or rule.default is not None):
            raise UsageError(
                "the mapping makes ids of other values, and an event without an id could not be told from "
                "those of other pieces: give `id` a column as it stands"
            )
        name = self.column("id", table.column_names)
        if name is None:
            named = "id" if rule is None else rule.column or "id"
            return table.append_column(named, order), table.num_rows
        own = table.column(name)
        kind = own.type.value_type if pa.types.is_dictionary(own.type) else own.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            own = own.cast(pa.string())
            empty = pc.equal(pc.utf8_trim_whitespace(own), "").fill_null(True)
        elif own.null_count:
            own, empty = own.cast(pa.string()), own.is_null()
        else:
            return table, 0
        missing = pc.sum(empty).as_py() or 0
        if not missing:
            return table, 0
        place = table.column_names.index(name)
        return table.set_column(place, name, pc.if_else(empty, order, own)), int(missing)
