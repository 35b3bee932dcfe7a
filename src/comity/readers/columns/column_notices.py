"""Notices about columns that were taken as fields, and about keys of a mapping that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from comity.errors import UsageError
from comity.notices import Notice
from comity.readers.columns.column_names import ColumnNames
from comity.readers.mapping.mapping import MAPPABLE
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.texts.spelling import near


def check_keys(mapping: LogMapping, attributes: frozenset[str] | None) -> tuple[str, ...]:
    """Return the keys of a mapping that are neither a field nor a needed attribute.

    Raises UsageError for a key that is probably a slip of the pen for one of these.
    """
    if attributes is None:
        return ()
    known = (*MAPPABLE, *sorted(attributes))
    ignored: dict[str, None] = {}
    for fields in (mapping.fields, *mapping.also):
        for name in fields:
            if name in known:
                continue
            meant = near(name, known)
            if meant is not None:
                raise UsageError(
                    f"the mapping gives `{name}`, which is neither a field nor an attribute that the "
                    f"policies read: did you mean `{meant}`?"
                )
            ignored[name] = None
    return tuple(ignored)


def column_notices(columns: ColumnNames, ignored: tuple[str, ...]) -> Iterator[Notice]:
    """Report columns that were taken as fields under another spelling, and keys that nothing reads."""
    if columns.taken:
        pairs = ", ".join(f"`{column}` as `{field}`" for column, field in columns.taken.items())
        what = "the column was" if len(columns.taken) == 1 else "columns were"
        example = next(iter(columns.taken))
        yield Notice(
            "column-taken", f"{what} taken by name: {pairs}", count=len(columns.taken), example=example
        )
    for field, names in columns.unsure.items():
        several = " and ".join(f"`{name}`" for name in names)
        yield Notice(
            "column-ignored",
            f"the columns {several} could both be `{field}`, and neither was taken",
            count=len(names),
            example=names[0],
            help=f"name the right one with --map {field}=COLUMN",
        )
    if ignored:
        listed = ", ".join(f"`{name}`" for name in ignored)
        message = f"the mapping gives {listed}, which no policy reads"
        yield Notice("column-ignored", message, count=len(ignored), example=ignored[0])
