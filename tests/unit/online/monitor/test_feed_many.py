"""Many events at once: what may be given, what is refused, and that a refused batch leaves nothing behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs
import pyarrow as pa
import pytest
from scene import DAY, ENGINE, HOUR, START, call, failing, other

from comity import Engine, Event, EventError, InputError, Monitor, RuleError, UsageError
from comity.events.event import Event as EventClass
from comity.online.batches.batch_evaluator import BatchEvaluator

LATENESS = dt.timedelta(hours=6)
FIELDS = ("person", "id", "kind", "channel", "direction")


def events() -> list[Event]:
    made = [call(0, "a"), call(1, "b"), call(1.5, "x", "bob"), call(1.75, "y", "bob"), other("interview", 2)]
    return [*made, other("note", 4), call(5), call(6), other("opt-out", 6), call(9, "z")]


def table(made: list[Event]) -> Any:
    columns = {name: [getattr(event, name) for event in made] for name in FIELDS}
    return pa.table({**columns, "at": pa.array([event.at for event in made], pa.timestamp("us", "UTC"))})


def one_by_one(made: list[Event]) -> tuple[Monitor, list[Any]]:
    monitor = ENGINE.monitor()
    return monitor, [finding for event in made for finding in monitor.feed(event)]


@pytest.mark.parametrize(
    "given",
    [
        events,
        lambda: iter(events()),
        lambda: (event.to_dict() for event in events()),
        lambda: table(events()),
        lambda: table(events()).combine_chunks().to_batches()[0],
        lambda: pa.concat_tables([table(events()[:4]), table(events()[4:])]),
    ],
)
def test_it_gives_what_single_events_give(given: Any) -> None:
    whole, said = one_by_one(events())
    monitor = ENGINE.monitor()
    found = monitor.feed_many(given())
    assert len(found) == 7
    assert found == said
    assert [finding.event for finding in found] == ["b", "y", "#5", "#8", "#8", "z", "z"]
    assert monitor.snapshot() == whole.snapshot()
    assert monitor.events == len(events())
    assert monitor.feed_many([]) == []
    assert monitor.feed_many(table([])) == []
    assert monitor.snapshot() == whole.snapshot()


def test_places_go_on_over_batches_and_single_events() -> None:
    monitor = ENGINE.monitor()
    bare = [attrs.evolve(event, id=None) for event in events()]
    found = [
        *monitor.feed_many(bare[:2]),
        *monitor.feed(bare[2]),
        *monitor.feed_many(table(bare[3:5])),
        *monitor.feed_many(bare[5:]),
    ]
    assert [finding.event for finding in found] == ["#2", "#4", "#5", "#8", "#8", "#10", "#10"]
    assert found[0].evidence == ("#1",)


def test_findings_come_in_the_order_in_which_they_become_certain() -> None:
    made = [other("interview", 0, "i"), other("interview", 0.5, "j"), call(1.25, "a"), call(1.25, "b")]
    made += [call(1.75, "c")]
    said = one_by_one(made)[1]
    assert [finding.event for finding in said] == ["i", "b", "j", "c"]
    assert ENGINE.monitor().feed_many(made) == said
    assert ENGINE.monitor().feed_many(table(made)) == said


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (call(-1), r"event 3 of the batch: the event at 2025-02-18T21:20:00Z is late: the monitor has been"),
        (7, "event 3 of the batch: `int` is not an event"),
        ({"person": "ann"}, "event 3 of the batch: the event has no `at`"),
        ({"person": "ann", "at": START, "chanel": "x"}, "event 3 of the batch: .*did you mean `channel`"),
        (call(1, "b"), "event 3 of the batch: the event `b` at .* is known already"),
        (Event("ann", START + DAY, direction="up"), "event 3 of the batch: `up` is not a direction"),
        (Event("ann", START + DAY, kind=""), "event 3 of the batch: `kind` is ''"),
        (Event("ann", START + DAY, outcome=5), "event 3 of the batch: `outcome` is 5"),  # type: ignore[arg-type]
        (Event("ann", START + DAY, timezone="Nowhere"), "event 3 of the batch: .*Nowhere"),
        (Event("ann", START // 1_000_000), "event 3 of the batch: .*seconds"),
    ],
)
@pytest.mark.parametrize("lateness", [None, LATENESS])
def test_a_bad_event_is_told_and_nothing_is_taken(
    bad: Any, message: str, lateness: dt.timedelta | None
) -> None:
    monitor: Any = ENGINE.monitor() if lateness is None else ENGINE.monitor(allowed_lateness=lateness)
    monitor.feed(call(0, "first", "eve"))
    before = monitor.snapshot()
    message = message.replace("the monitor has been", "") if lateness is not None else message
    message = message.replace(" is late: ", " is .* late: ") if lateness is not None else message
    with pytest.raises(EventError, match=message):
        monitor.feed_many([call(0.5, "a"), call(1, "b"), bad, call(2, "c")])
    assert monitor.snapshot() == before
    monitor.feed_many([call(0.5, "a"), call(1, "b"), call(2, "c")])
    assert monitor.events == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"person": ["ann", "  ", "ann"]}, "row 2 of the batch: .*person"),
        ({"direction": ["none", "none", "upwards"]}, "row 3 of the batch: .*upwards"),
        (
            {"kind": ["call", "call", "call"], "id": ["p", "q", "q"], "at": [1, 2, 2]},
            "row 3 of the batch: .* known",
        ),
        ({"at": [3, 1, 2]}, "row 2 of the batch: the event at .* is late: .* been told of 2025-02-22"),
        ({"at": ["2025-03-01T10:00:00Z", "2025-03-01T11:00:00", "x"]}, "row 2 of the batch: "),
        ({"at": [-20_146, 2, 3]}, "row 1 of the batch: .*late"),
        (
            {"tiemzone": ["UTC"] * 3},
            "the event gives `tiemzone`, which is not a field: did you mean `timezone`",
        ),
    ],
)
def test_a_bad_row_is_told_and_nothing_is_taken(change: dict[str, list[Any]], message: str) -> None:
    monitor = ENGINE.monitor()
    monitor.feed(call(0, "first", "eve"))
    before = monitor.snapshot()
    columns: dict[str, Any] = {"person": ["ann"] * 3, "at": [1, 2, 3], "kind": ["call"] * 3, **change}
    if type(columns["at"][0]) is int:
        columns["at"] = pa.array([START + DAY * at for at in columns["at"]], pa.timestamp("us", "UTC"))
    with pytest.raises(EventError, match=message):
        monitor.feed_many(pa.table(columns))
    assert monitor.snapshot() == before
    assert monitor.feed(call(1)) == []


def test_a_table_needs_the_columns_of_an_event() -> None:
    with pytest.raises(InputError, match="person"):
        ENGINE.monitor().feed_many(pa.table({"at": ["2025-03-01T10:00:00Z"]}))


@pytest.mark.parametrize("given", [None, 5, "events.csv", b"x", call(0), {"person": ["ann"], "at": [START]}])
def test_what_is_no_batch_is_refused(given: Any) -> None:
    with pytest.raises(
        UsageError, match="is not a batch: allowed are events or mappings of fields in a list"
    ):
        ENGINE.monitor().feed_many(given)
    with pytest.raises(UsageError, match="is not a batch"):
        ENGINE.monitor(allowed_lateness=LATENESS).feed_many(given)


def test_a_mapping_of_columns_is_told_how_to_become_a_table() -> None:
    with pytest.raises(UsageError, match=r"give columns as a table: `pyarrow.table\(columns\)`"):
        ENGINE.monitor().feed_many({"person": ["ann"], "at": [START]})


@pytest.mark.parametrize("as_table", [False, True])
def test_events_that_come_again_are_left_out(as_table: bool) -> None:
    monitor = ENGINE.monitor(repeated="ignore")
    monitor.feed(call(0, "a"))
    made = [call(0, "a"), call(1, "b"), call(1, "b"), call(2, "c"), call(1, "b")]
    with pytest.raises(EventError, match="is late" if as_table else "event 4 of the batch: .* is late"):
        monitor.feed_many(table([*made[:4], call(1, "d")]) if as_table else [*made[1:4], call(1, "d")])
    found = monitor.feed_many(table(made) if as_table else made)
    assert [finding.event for finding in found] == ["b", "c"]
    assert monitor.events == 3


def test_a_rule_that_fails_is_told_once_and_the_others_go_on() -> None:
    engine = failing()
    made = [call(0, "a"), call(1, "bad"), call(2, "bad"), call(3, "c")]
    one, many = engine.monitor(), engine.monitor()
    said = [finding for event in made for finding in one.feed(event)]
    assert [finding.status for finding in said].count("indeterminate") == 1
    assert many.feed_many(made) == said
    assert many.snapshot() == one.snapshot()
    with pytest.raises(RuleError):
        many.slots(call(4, "bad"))


def test_a_batch_that_is_interrupted_spoils_the_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monitor = ENGINE.monitor()
    with monkeypatch.context() as patch:
        patch.setattr(BatchEvaluator, "_judge", interrupted)
        with pytest.raises(KeyboardInterrupt):
            monitor.feed_many(events())
    with pytest.raises(UsageError, match="the monitor cannot be used any more: an event was interrupted"):
        monitor.feed_many(events())


def test_what_yields_events_may_ask_the_monitor() -> None:
    monitor = ENGINE.monitor()

    def asking() -> Iterator[Event]:
        for event in events():
            if monitor.decide(event).allowed:
                yield event

    assert [finding.event for finding in monitor.feed_many(asking())] == [
        "b",
        "y",
        "#5",
        "#8",
        "#8",
        "z",
        "z",
    ]


def test_only_rows_that_a_rule_needs_become_events(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str | None] = []
    init = EventClass.__init__

    def counted(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        made.append(self.kind)

    engine = Engine.of(
        'comity = 1\n[policy]\nid = "p"\ntitle = "P"\nversion = "1"\n[rules.gap]\nkind = "minimum-gap"\n'
        'contact = { kind = "call" }\ngap = "2d"\n'
    )
    given = table([*events(), *(other("note", 10 + n / 24) for n in range(50)), call(13), call(14)])
    monitor = engine.monitor()
    monkeypatch.setattr(EventClass, "__init__", counted)
    found = monitor.feed_many(given)
    assert len(found) == 4
    assert not made
    assert [finding.person for finding in found] == ["ann", "bob", "ann", "ann"]
    assert made == ["call"] * 4


def test_times_a_batch_has_go_with_the_clock() -> None:
    monitor = ENGINE.monitor()
    monitor.feed_many([other("interview", 0, "i")])
    assert monitor.advance(START + DAY + HOUR)[0].event == "i"
    with pytest.raises(EventError, match=r"event 1 of the batch: .* is late"):
        monitor.feed_many([call(1)])
