from __future__ import annotations

from pathlib import Path

import attrs
from adapter import EXAMPLES, load, plugins
from hypothesis import HealthCheck, given, settings

from comity.engine import Engine
from comity.events.event import Event
from database_logs import both, rows_of, write_sqlite
from strategies import histories, instants, mostly, policies

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


@slowly
@given(policies(), histories(), *[mostly(None, instants(), 4)] * 3)
def test_a_table_in_a_database_gives_the_report_of_its_rows(
    tmp_path: Path,
    text: str,
    events: list[Event],
    as_of: int | None,
    since: int | None,
    until: int | None,
) -> None:
    if not events:
        return
    events = [attrs.evolve(event, label=None, date_only=False) for event in events]
    url = write_sqlite(tmp_path / "log.sqlite", rows_of(events))
    engine = Engine.of(load(text), plugins=plugins())
    found, wanted = both(engine, url, as_of=as_of, since=since, until=until)
    assert found == wanted
