"""Rows that a file says are too early are not read, and the findings are the same as with all rows."""

from __future__ import annotations

from pathlib import Path

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
from adapter import EXAMPLES, load, plugins
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from comity.engine import Engine
from comity.events.event import Event
from comity.readers import Mapping
from comity.readers.mapping.mapping import FieldRule
from database_logs import rows_of
from strategies import edges, histories, policies

slowly = settings(
    max_examples=max(EXAMPLES // 3, 1),
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
    ],
)
MAPPING = Mapping(1, fields={"matter": FieldRule("matter", split=";")})


def check(path: Path, text: str, events: list[Event], rows: int, since: int) -> None:
    """Compare audits of a file with few rows in each row group."""
    events = [attrs.evolve(event, label=None, date_only=False) for event in events]
    at = pa.array([event.at for event in events], pa.timestamp("us", "UTC"))
    lines = rows_of(events)
    columns = {
        name: pa.array([None if line[name] is None else str(line[name]) for line in lines], pa.string())
        for name in lines[0]
    }
    pq.write_table(pa.table({**columns, "at": at}), path, row_group_size=rows)
    engine = Engine.of(load(text), plugins=plugins())
    log = engine.log(path, mapping=MAPPING)
    found = engine.audit(log, engine="columnar", since=since)
    passed = log.tally.rows_passed
    event("rows were passed over" if passed else "all rows were read")
    wanted = engine.audit(log, engine="online", since=since)
    assert list(found.findings) == list(wanted.findings)
    assert found.summary.judged == wanted.summary.judged
    assert found.summary.rows_read + passed == wanted.summary.rows_read


@slowly
@given(policies(), histories(), st.integers(1, 3), st.data())
def test_of_any_history(
    tmp_path: Path, text: str, events: list[Event], rows: int, data: st.DataObject
) -> None:
    if events:
        latest = data.draw(st.sampled_from(sorted(event.at for event in events)))
        check(tmp_path / "log.parquet", text, events, rows, latest + data.draw(st.integers(-1, 1)))


@slowly
@given(edges(), st.integers(1, 2), st.integers(-1, 1))
def test_at_the_edges_of_spans(tmp_path: Path, drawn: tuple[str, list[Event]], rows: int, later: int) -> None:
    text, events = drawn
    if events:
        check(tmp_path / "log.parquet", text, events, rows, max(event.at for event in events) + later)
