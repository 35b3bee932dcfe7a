"""What differs between the findings of two audits: what is new, and what no longer holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.columnar.findings.sequence import ColumnFindings
from comity.columns.arrow_arrays import filled, joined, text, values_of
from comity.formatters.bulk import evidence_texts, scope_texts
from comity.results.findings import FindingList, Findings
from comity.results.report import RuleCounts

_KEYS: Final = (
    "policy",
    "rule",
    "status",
    "person",
    "scope",
    "event",
    "at",
    "evidence",
    "measured",
    "allowed_from",
    "due",
)
"""The keys by which findings are compared: the others follow from these."""
_BETWEEN: Final = "\x1f"
Bools = NDArray[np.bool_]


def changes(before: Findings | None, after: Findings) -> tuple[Findings, Findings]:
    """Return the findings that are new and those that are gone, each in the order of its audit."""
    if before is None or not len(before):
        return after, FindingList()
    codes = _coded([*_keys(before), *_keys(after)])
    one, other = _apart(codes[: len(before)]), _apart(codes[len(before) :])
    return _only(after, ~among(other, one)), _only(before, ~among(one, other))


def _keys(findings: Findings) -> list[pa.Array]:
    return list(findings.over_batches(_key, _KEYS))


def _key(batch: pa.RecordBatch) -> pa.Array:
    """Return a text for each finding that no other one has."""
    columns = [_text(batch, name) for name in _KEYS]
    return pc.binary_join_element_wise(*columns, text(_BETWEEN)).cast(pa.large_string())


def _text(batch: pa.RecordBatch, name: str) -> pa.Array:
    if name == "scope":
        return scope_texts(batch)
    if name == "evidence":
        return evidence_texts(batch)
    column = batch.column(name)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    column = filled(column.cast(pa.string()), "")
    if name not in ("person", "event", "measured"):
        return column
    # Texts of the log may have any characters, so that only their lengths say where they end.
    return joined(pc.binary_length(column).cast(pa.string()), _BETWEEN, column)


def _coded(keys: list[pa.Array]) -> NDArray[np.int64]:
    """Return a number for each text, equal for equal ones."""
    encoded = pa.concat_arrays(keys).dictionary_encode()
    return values_of(encoded.indices).astype(np.int64)


def _apart(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers that are all different: an equal one that comes again has its number among them too."""
    order = np.argsort(codes, kind="stable")
    placed = codes[order]
    first = np.flatnonzero(np.concatenate((np.ones(min(len(placed), 1), np.bool_), np.diff(placed) > 0)))
    again = np.arange(len(placed)) - np.repeat(first, np.diff(np.append(first, len(placed))))
    found = np.empty(len(codes), np.int64)
    # No finding comes again as often as there are findings of which numbers are made.
    found[order] = placed * np.int64(1 << 31) + again
    return found


def among(some: NDArray[np.int64], others: NDArray[np.int64]) -> Bools:
    """Return which numbers are among others."""
    known = np.sort(others)
    if not len(known):
        return np.zeros(len(some), np.bool_)
    place = np.minimum(np.searchsorted(known, some), len(known) - 1)
    found: Bools = known[place] == some
    return found


def _only(findings: Findings, chosen: Bools) -> Findings:
    if isinstance(findings, ColumnFindings):
        return findings.only(chosen)
    return FindingList([each for each, there in zip(findings, chosen.tolist(), strict=True) if there])


def count_found(counts: Mapping[str, RuleCounts], findings: Findings) -> None:
    """Set how many findings of each status each rule has."""
    for tally in counts.values():
        tally.violation = tally.pending = tally.indeterminate = 0
    for batch in findings.batches(("policy", "rule", "status")):
        plain: dict[str, Any] = {name: batch.column(name).cast(pa.string()) for name in batch.schema.names}
        grouped = pa.table(plain).group_by(list(plain)).aggregate([([], "count_all")])
        for row in grouped.to_pylist():
            tally = counts[f"{row['policy']}/{row['rule']}"]
            setattr(tally, row["status"], getattr(tally, row["status"]) + row["count_all"])
