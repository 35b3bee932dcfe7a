"""The names of events by their places, whatever blocks they came in, in memory or in a file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from comity.columnar.partitions.event_names import EventNames
from comity.columns.event_columns import EventColumns

NAMES = st.one_of(st.none(), st.sampled_from(["a", "b-1", "ü", ""]))
BLOCKS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 9), st.tuples(NAMES, NAMES), max_size=8),
        st.sampled_from(["ids", "labels", "both", "neither"]),
    ),
    max_size=5,
)
EXTENT = 10


def _columns(names: dict[int, tuple[str | None, str | None]], which: str) -> EventColumns:
    places = sorted(names)
    ids, labels = (
        pa.array([names[place][number] for place in places], pa.string()) if which in (what, "both") else None
        for number, what in enumerate(("ids", "labels"))
    )
    at = np.zeros(len(places), np.int64)
    person = pa.array(["p"] * len(places), pa.string())
    return EventColumns(at, person, np.array(places, np.int64), {}, {}, ids, labels)


@given(BLOCKS, st.lists(st.integers(0, 5 * EXTENT), max_size=12), st.booleans(), st.booleans())
def test_a_place_has_the_id_or_else_the_label_of_its_event(
    blocks: list[tuple[dict[int, tuple[str | None, str | None]], str]],
    asked: list[int],
    spilled: bool,
    alone: bool,
) -> None:
    names, expected = EventNames(), dict[int, str | None]()
    for number, (events, which) in enumerate(blocks):
        names.add(_columns(events, which), number * EXTENT)
        for place, (id_, label) in events.items():
            known = [id_] * (which in ("ids", "both")) + [label] * (which in ("labels", "both"))
            expected[number * EXTENT + place] = next((text for text in known if text is not None), None)
        if spilled and number == 1:
            names.spill()
    places = np.array(asked, np.int64)
    found = (names.only(places) if alone else names).of(places)
    if found is None:
        assert not any(expected.get(place) for place in asked)
    else:
        assert found.to_pylist() == [expected.get(place) for place in asked]
