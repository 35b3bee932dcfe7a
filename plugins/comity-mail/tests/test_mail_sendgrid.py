"""Events of SendGrid that are mutated or made to stop a reader: each is one rejected row."""

from __future__ import annotations

import copy
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from comity_mail.rows import COLUMNS
from comity_mail.sendgrid import SENDGRID, read_sendgrid

from comity import InputError
from comity.readers import BadRow, LogFormat
from comity.testing import check_reader

DATA = Path(__file__).parent / "data"
EVENT: dict[str, Any] = {"email": "ann@example.net", "timestamp": 1, "event": "open", "sg_event_id": "good"}
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, float("nan"), "", " ", "²", "٣", "9" * 5000, "\0", "\ud800", "x" * 10_000),
    *([], {}, [[1]], {"a": {"b": 1}}, [None, [1], "x"], 4_102_444_799, 4_102_444_800, 10**30, " 7 "),
)


def taken(text: str) -> tuple[list[dict[str, Any]], list[BadRow]]:
    stream: Any = io.BufferedReader(io.BytesIO(text.encode("utf-8", "surrogatepass")))
    made: list[dict[str, Any]] = []
    rejected: list[BadRow] = []
    for batch in read_sendgrid(stream, LogFormat(), None):
        rejected += batch.rejected
        made += [
            {name: cells[place] for name, cells in batch.columns.items()}
            for place in range(len(batch.numbers))
        ]
    return made, rejected


@pytest.mark.parametrize("end", [", ", "\n"])
@pytest.mark.parametrize(
    "time",
    [
        '"²"',
        '"٣"',
        '"' + "9" * 5000 + '"',
        "9" * 5000,
        "-" + "9" * 5000,
        "1e999",
        "[1]",
        '"-1"',
        "1.5",
        "true",
    ],
)
def test_a_time_that_is_none_is_one_rejected_row(time: str, end: str) -> None:
    odd = json.dumps({**EVENT, "sg_event_id": "odd", "timestamp": "?"}).replace('"?"', time)
    text = end.join([odd, json.dumps(EVENT)])
    text = f"[{text}]" if end == ", " else text
    made, rejected = taken(text)
    assert [row["id"] for row in made] == ["good"]
    assert [row.number for row in rejected] == [1]
    assert rejected[0].reason.startswith("`timestamp` is `")
    assert len(rejected[0].reason) < 120
    check_reader(SENDGRID, text.encode(), 2, rejected=1, spoil=10)


def test_seconds_may_be_text() -> None:
    made, rejected = taken(json.dumps([{**EVENT, "timestamp": " 86400 "}]))
    assert (made[0]["at"], rejected) == ("1970-01-02T00:00:00+00:00", [])


def test_what_nests_without_end_is_an_error_or_a_row() -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        taken("[" * 100_000)
    made, rejected = taken(json.dumps(EVENT) + "\n" + "[" * 100_000 + "\n")
    assert (len(made), [row.reason for row in rejected]) == (1, ["the JSON is nested too deeply"])
    deep = "[" * 600 + "]" * 600
    made, rejected = taken(
        f'[{json.dumps(EVENT)[:-1]}, "category": [{deep}, "x"], "email": {deep}}}, {deep}]'
    )
    assert made[0]["person"] is None
    assert [row.reason for row in rejected] == ["it is not an object"]


def test_events_of_ever_other_fields_make_small_batches() -> None:
    events = [
        {**EVENT, "sg_event_id": str(number), **{f"x{number}-{place}": "1" for place in range(100)}}
        for number in range(300)
    ]
    stream: Any = io.BufferedReader(io.BytesIO(json.dumps(events).encode()))
    batches = list(read_sendgrid(stream, LogFormat(), None))
    assert sum(len(batch.numbers) for batch in batches) == 300
    assert max(len(batch.columns) for batch in batches) <= COLUMNS + 200


def test_mutated_webhooks_are_accounted_for() -> None:
    whole = json.loads((DATA / "sendgrid.json").read_text("utf-8"))
    chance = random.Random(3)
    for _ in range(1000):
        events = copy.deepcopy(whole)
        for _ in range(chance.randrange(1, 4)):
            event = chance.choice([each for each in events if isinstance(each, dict)])
            name = chance.choice([*event, "person", "at", "new"])
            match chance.randrange(3):
                case 0:
                    event.pop(name, None)
                case 1:
                    events.insert(chance.randrange(len(events)), chance.choice(ODD))
                case _:
                    event[name] = chance.choice(ODD)
        made, rejected = taken(json.dumps(events))
        assert len(made) + len(rejected) == len(events)
        assert all(row.reason for row in rejected)
        made, rejected = taken("\n".join(map(json.dumps, [EVENT, *events])))
        assert len(made) + len(rejected) == 1 + len(events)
