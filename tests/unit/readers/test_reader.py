"""What a reader says of itself, also by older names."""

from __future__ import annotations

from typing import Any

import attrs

from comity.readers import Batch, Reader, RowBatch


def nothing(*_: Any) -> Any:
    return None


def test_the_older_names_still_work() -> None:
    assert Batch is RowBatch
    reader = Reader("odd", (".odd",), nothing, stretches=nothing)
    assert reader == Reader("odd", (".odd",), nothing, splits=nothing)
    assert reader.splits is reader.stretches is nothing
    assert attrs.evolve(reader, splits=None).splits is None
    assert attrs.evolve(reader, name="even").splits is nothing


def test_a_batch_counts_its_rejected_rows() -> None:
    batch = RowBatch([1, 3], {"person": ["ann", "bob"]})
    assert batch.count == 2
    assert (tuple(batch.names), tuple(batch.rejected)) == (("person",), ())
