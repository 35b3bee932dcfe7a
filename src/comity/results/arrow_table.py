"""Findings as Arrow tables: the same keys as every machine format, in batches of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity.errors import UsageError
from comity.results.finding_keys import CODED, FINDING_KEYS


def pyarrow() -> Any:
    """Return pyarrow; raises UsageError if it is not installed."""
    try:
        import pyarrow as pa
    except ImportError:
        raise UsageError("findings as a table need pyarrow: pip install 'comity[cli]'") from None
    return pa


def finding_schema(columns: Sequence[str] = FINDING_KEYS) -> Any:
    """Return the schema: texts, instants as timestamps in UTC, `scope` as a map, `evidence` as a list.

    It has these columns.
    """
    pa = pyarrow()
    text, instant = pa.string(), pa.timestamp("us", "UTC")
    coded = pa.dictionary(pa.int32(), text)
    types = {
        **dict.fromkeys(CODED, coded),
        "person": text,
        "scope": pa.map_(text, text),
        "event": text,
        "at": instant,
        "evidence": pa.list_(text),
        "measured": text,
        "allowed_from": instant,
        "due": instant,
        "message": text,
    }
    return pa.schema([pa.field(name, types[name]) for name in columns])


def batch_of(findings: Sequence[object], names: Sequence[str] = FINDING_KEYS) -> Any:
    """Turn findings into an Arrow record batch with these columns."""
    pa = pyarrow()
    schema = finding_schema(names)
    columns = []
    for field in schema:
        values: list[Any] = [getattr(finding, field.name) for finding in findings]
        try:
            columns.append(_column(values, field.type))
        except UnicodeEncodeError:
            columns.append(_column([_encodable(value) for value in values], field.type))
    return pa.record_batch(columns, schema=schema)


def _column(values: list[Any], kind: object) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return pa.array(values, pa.string()).dictionary_encode()
    return pa.array(values, kind)


def _encodable(value: object) -> Any:
    """Write lone surrogates in texts as escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return tuple(map(_encodable, value)) if isinstance(value, tuple) else value
