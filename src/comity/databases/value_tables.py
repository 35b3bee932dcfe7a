"""Tables of values: comity reads each distinct value of a log once, and the database looks it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from comity.databases.connections.connection import ColumnType, quoted_column
from comity.databases.log_table import COPY, LogTable
from comity.events.event import Event
from comity.records import frozen
from comity.results.report import Rejection

_SAMPLE: Final = 1000
BAD: Final = '"bad"'
"""The column that says whether a row with the values is no event."""


@frozen(eq=False)
class ValueTable:
    """What comity reads out of the values of some columns."""

    number: int
    columns: tuple[str, ...]
    """Columns of the log."""

    @property
    def keys(self) -> str:
        """The temporary table of the distinct values and their number, in quotes."""
        return f'"comity_keys_{self.number}"'

    @property
    def values(self) -> str:
        """The temporary table of what is read, by number, in quotes."""
        return f'"comity_values_{self.number}"'

    def join(self, same: str) -> str:
        """Return the joins that look values up for the rows of the copied log."""
        met = " AND ".join(
            same.format(f"{self.keys}.{quoted_column(name)}", f"{COPY}.{quoted_column(name)}")
            for name in self.columns
        )
        return (
            f'JOIN {self.keys} ON {met} JOIN {self.values} ON {self.values}."number" = {self.keys}."number"'
        )


Reader = Callable[[Event], Any]


def make_value_table(
    log: LogTable,
    number: int,
    columns: Sequence[str],
    types: Mapping[str, ColumnType],
    readers: Mapping[str, Reader],
    sample: Mapping[str, Any],
) -> ValueTable:
    """Make the tables of some columns; `readers` by the name of what is read.

    `sample` are values of the other columns with which a row is an event. Where the values make no event,
    what is read is null and `bad` is 1.
    """
    import pyarrow as pa

    made = ValueTable(number, tuple(columns))
    quoted = ", ".join(map(quoted_column, columns))
    log.connection.run(
        f'CREATE TEMP TABLE {made.keys} AS SELECT ROW_NUMBER() OVER () AS "number", {quoted} '
        f'FROM (SELECT DISTINCT {quoted} FROM {COPY}) AS "different"'
    )
    table = log.connection.arrow(f'SELECT {quoted} FROM {made.keys} ORDER BY "number"')
    for name, value in sample.items():
        if name not in columns:
            constant = (
                pa.nulls(len(table), value.type) if not value.is_valid else pa.repeat(value, len(table))
            )
            table = table.append_column(name, constant)
    events = read_rows(log, table)
    numbers = list(range(1, len(table) + 1))
    found: list[Sequence[Any]] = [numbers, [int(number not in events) for number in numbers]]
    listed = [events.get(number) for number in numbers]
    found += [[None if event is None else read(event) for event in listed] for read in readers.values()]
    named: dict[str, ColumnType] = {"number": "whole", "bad": "whole"}
    named |= {name: types[name] for name in readers}
    log.connection.load(made.values.strip('"'), named, found)
    return made


def repeated(value: Any, size: int) -> Any:
    """Return an Arrow array of one value, which may be null."""
    import pyarrow as pa

    return pa.repeat(value, size) if value.is_valid else pa.nulls(size, value.type)


def read_rows(
    log: LogTable, table: Any, on_reject: Callable[[Rejection], None] | None = None
) -> dict[int, Event]:
    """Return the events of rows, by the number of the row from 1 on; rows that are no events are left out."""
    without_ids = table
    if (column := log.column("id")) is not None:
        place = table.schema.get_field_index(column.name)
        import pyarrow as pa

        without_ids = table.set_column(place, column.name, pa.nulls(len(table), pa.string()))
    found: dict[int, Event] = {}
    for batch in log.reader(without_ids, on_reject).batches():
        for event in batch:
            found[int((event.label or event.id or "#0").rpartition("#")[2])] = event
    return found


def first_event(log: LogTable) -> Event:
    """Return an event of a log that has some; what no column says is the same for all."""
    event: Event = _first(log)[1]
    return event


def sample_of(log: LogTable) -> dict[str, Any] | None:
    """Return the values of a row that is an event, by column, with nothing in columns that may be empty.

    None where the first thousand rows with a person and an instant are no events.
    """
    import pyarrow as pa

    row, event = _first(log)
    if event is None:
        return None
    needed = _needed(log)
    return {
        name: row[name][0] if name in needed else pa.scalar(None, row.schema.field(name).type)
        for name in row.column_names
    }


def _needed(log: LogTable) -> list[str]:
    return [column.name for field in ("person", "at") if (column := log.column(field)) is not None]


def _first(log: LogTable) -> tuple[Any, Any]:
    """Return the first row that is an event, as a table, and the event; None for it where there is none."""
    some = " AND ".join(f"{quoted_column(name)} IS NOT NULL" for name in _needed(log)) or "1 = 1"
    table = log.fetch(some, _SAMPLE).drop_columns(["comity_row"])
    events = read_rows(log, table)
    first = min(events, default=1)
    return table.slice(first - 1, 1), events.get(first)
