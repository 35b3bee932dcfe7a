from __future__ import annotations

import attrs
from adapter import EXAMPLES, load, plugins
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.engine import Engine
from comity.events.event import Event
from comity.results.report import Report
from database_logs import as_json
from piece_audits import report_in_pieces, table_of
from strategies import histories, instants, mostly, policies

slowly = settings(
    max_examples=max(EXAMPLES // 3, 1),
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)


@slowly
@given(
    policies(),
    histories(),
    instants(),
    mostly(None, instants(), 4),
    mostly(None, instants(), 4),
    st.integers(1, 64),
    st.integers(0, 1000),
    st.sampled_from((1, 3, 1000)),
)
def test_a_log_in_pieces_and_in_any_order_gives_the_findings_of_the_whole(
    text: str,
    events: list[Event],
    as_of: int,
    since: int | None,
    until: int | None,
    pieces: int,
    seed: int,
    batch: int,
) -> None:
    if not events:
        return
    events = [
        attrs.evolve(event, id=f"e{number}", label=None, date_only=False)
        for number, event in enumerate(events)
    ]
    engine = Engine.of(load(text), plugins=plugins())
    table = table_of(events)
    found = report_in_pieces(engine, table, pieces, seed, batch, as_of=as_of, since=since, until=until)
    wanted = engine.audit(table, as_of=as_of, since=since, until=until)
    assert list(found.findings) == list(wanted.findings)
    by_person = engine.split_keys()[0].fields == ("person",)
    assert _comparable(found, by_person=by_person) == _comparable(wanted, by_person=by_person)


def _comparable(report: Report, *, by_person: bool) -> str:
    """Return a report as text, without what pieces cannot know.

    A few events of each piece decide the words of two notices. Where no rule splits the log by persons, one
    person is in several pieces, and counts in each.
    """
    left_out = [
        "rule-judged-nothing",
        "word-not-in-log",
        *([] if by_person else ["near-persons", "repeated-id"]),
    ]
    kept = [each for each in report.notices if each.code not in left_out]
    by_code = tuple(sorted(kept, key=lambda each: (each.code, each.message)))
    summary = attrs.evolve(report.summary, notices=by_code)
    return as_json(attrs.evolve(report, summary=summary if by_person else attrs.evolve(summary, persons=0)))
