from __future__ import annotations

from collections.abc import Sequence

import pytest
from adapter import EXAMPLES, load, plugins
from hypothesis import HealthCheck, given, settings

from comity.engine import Engine
from comity.events.event import Event
from sql_runs import DIALECTS, differences, numbered
from strategies import RULE_KINDS, edges, histories, instants, mostly, own_edges, policies

slowly = settings(
    max_examples=max(EXAMPLES // 3, 1),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
dialects = pytest.mark.parametrize("name", DIALECTS)


def check(name: str, text: str, events: Sequence[Event], **limits: int | None) -> None:
    engine = Engine.of(load(text), plugins=plugins())
    assert not differences(DIALECTS[name], engine, numbered(events), **limits)[0]


@dialects
def test_sql_finds_what_the_engine_finds_in_a_part_of_a_log(name: str) -> None:
    @slowly
    @given(policies(), histories(), *[mostly(None, instants(), 4)] * 3)
    def agrees(
        text: str, events: list[Event], as_of: int | None, since: int | None, until: int | None
    ) -> None:
        check(name, text, events, as_of=as_of, since=since, until=until)

    agrees()


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_sql_finds_what_each_kind_finds(kind: str) -> None:
    @slowly
    @given(policies((kind,)), histories())
    def agrees(text: str, events: list[Event]) -> None:
        check("sqlite", text, events)

    agrees()


@dialects
def test_the_edges_of_spans_are_the_same_in_sql(name: str) -> None:
    @slowly
    @given(edges())
    def agrees(drawn: tuple[str, list[Event]]) -> None:
        check(name, *drawn)

    agrees()


@dialects
def test_spans_up_to_an_event_s_own_instant_end_there_in_sql(name: str) -> None:
    @slowly
    @given(own_edges())
    def agrees(drawn: tuple[str, list[Event]]) -> None:
        check(name, *drawn)

    agrees()
