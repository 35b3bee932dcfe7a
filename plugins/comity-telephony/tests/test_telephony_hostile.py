"""Records that are mutated or made to stop a reader: each is one rejected row, and the others go on."""

from __future__ import annotations

import copy
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import comity_telephony.plugin as plugin
import comity_telephony.twilio_rows as rows_module
import pytest
from comity_telephony.lines import MOST_LINE_BYTES
from comity_telephony.parties import OwnNumbers
from comity_telephony.twilio import COLUMNS, read, recognises
from comity_telephony.twilio_rows import Legs

from comity import InputError
from comity.readers import BadRow, LogFormat
from comity.testing import check_reader

DATA = Path(__file__).parent / "data"
READERS = {reader.name: reader for reader in plugin.comity_readers()}
CALL: dict[str, Any] = {
    "sid": "CA" + "2" * 32,
    "account_sid": "AC" + "0" * 32,
    "from": "+12025550100",
    "to": "+13035550123",
    "status": "completed",
    "direction": "outbound-api",
    "start_time": "Tue, 27 Jan 2026 15:07:24 +0000",
}
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, float("nan"), "", " ", "²", "٣", "9" * 5000, "\0", "\ud800", "x" * 10_000),
    *([], {}, [[1]], {"a": {"b": 1}}, "2026-99-99T00:00:00Z", "Tue, 99 Jan 2026 15:07:24 +9999", 10**30),
)


def taken(text: str) -> tuple[list[dict[str, Any]], list[BadRow]]:
    stream: Any = io.BufferedReader(io.BytesIO(text.encode("utf-8", "surrogatepass")))
    made: list[dict[str, Any]] = []
    rejected: list[BadRow] = []
    for batch in read(stream, LogFormat(), None):
        rejected += batch.rejected
        made += [
            {name: cells[place] for name, cells in batch.columns.items()}
            for place in range(len(batch.numbers))
        ]
    return made, rejected


@pytest.mark.parametrize(
    "time", ['"²"', '"' + "9" * 5000 + '"', "9" * 5000, "-" + "9" * 5000, "[1]", '{"a": 1}', "1e999"]
)
def test_a_time_that_is_none_is_one_rejected_row(time: str) -> None:
    odd = json.dumps({**CALL, "start_time": "?"}).replace('"?"', time)
    text = f"[{odd}, {json.dumps(CALL)}]"
    made, rejected = taken(text)
    assert [row["id"] for row in made] == [CALL["sid"]]
    assert [row.number for row in rejected] == [1]
    assert "`start_time` is " in rejected[0].reason
    assert len(rejected[0].reason) < 250
    assert recognises(text.encode())
    check_reader(READERS["twilio"], text.encode(), 2, rejected=1, spoil=20)


def test_a_long_number_elsewhere_is_the_text_of_its_digits() -> None:
    text = f"[{json.dumps({**CALL, 'price': 0}).replace(': 0}', ': ' + '7' * 5000 + '}')}]"
    made, rejected = taken(text)
    assert (made[0]["price"], rejected) == ("7" * 5000, [])


def test_what_nests_without_end_is_an_error_or_a_row() -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        taken("[" * 100_000)
    deep = "[" * 600 + "]" * 600
    made, rejected = taken(f'[{json.dumps(CALL)[:-1]}, "more": {deep}}}, {deep}]')
    assert len(made) == 1
    assert [row.reason for row in rejected] == ["it is not an object"]


def test_legs_are_found_without_asking_all_records_for_each() -> None:
    count = 20_000
    records = [
        {**CALL, "sid": f"CA{number}", "parent_call_sid": f"CA{number - number % 2}"}
        for number in range(count)
    ]
    legs = Legs(records, OwnNumbers(LogFormat()))

    class Untouched(set[str]):
        """A set that may be asked for one of its members, and no more."""

        def __and__(self, other: object) -> Any:
            raise AssertionError

        def __sub__(self, other: object) -> Any:
            raise AssertionError

    for name, value in vars(legs).items():
        setattr(legs, name, Untouched(value))
    assert sum(map(legs.has, records)) == count
    assert rows_module.Legs is Legs


def test_records_of_ever_other_fields_make_small_batches() -> None:
    records = [{**CALL, **{f"x{number}-{place}": "1" for place in range(100)}} for number in range(300)]
    stream: Any = io.BufferedReader(io.BytesIO(json.dumps(records).encode()))
    batches = list(read(stream, LogFormat(), None))
    assert sum(len(batch.numbers) for batch in batches) == 300
    assert max(len(batch.columns) for batch in batches) <= COLUMNS + 200


def changed(records: Any, chance: random.Random) -> Any:
    """Return records with one of them changed somewhere."""
    made = copy.deepcopy(records)
    row = chance.choice(made)
    name = chance.choice([*row, "new"])
    match chance.randrange(4):
        case 0:
            row.pop(name, None)
        case 1:
            row[chance.choice(["person", "at", "matter", "timezone", "twilio-direction"])] = chance.choice(
                ODD
            )
        case 2:
            made.append(chance.choice(ODD))
        case _:
            row[name] = chance.choice(ODD)
    return made


def mutated(path: Path, name: str, count: int) -> Iterator[str]:
    found = json.loads(path.read_text("utf-8"))
    records = found[name] if isinstance(found, dict) else found
    chance = random.Random(5)
    for _ in range(count):
        records = (
            changed(records, chance)
            if chance.random() < 0.5 and len(records) < 30
            else changed(found[name] if isinstance(found, dict) else found, chance)
        )
        records = [row for row in records if isinstance(row, dict)] or records
        yield json.dumps(records if chance.random() < 0.5 else {name: records})


@pytest.mark.parametrize(
    ("file", "name"), [("twilio-calls.json", "calls"), ("twilio-messages.json", "messages")]
)
def test_mutated_webhooks_are_accounted_for(file: str, name: str) -> None:
    for text in mutated(DATA / file, name, 500):
        found = json.loads(text)
        rows = found[name] if isinstance(found, dict) else found
        made, rejected = taken(text)
        assert len(made) + len(rejected) == len(rows)
        assert all(row.reason for row in rejected)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("asterisk-cdr", "asterisk.csv"),
        ("asterisk-cdr-custom", "asterisk-custom.csv"),
        ("freeswitch-cdr", "freeswitch.csv"),
    ],
)
def test_mutated_call_records_are_accounted_for(name: str, file: str) -> None:
    octets = (DATA / file).read_bytes()
    rows = octets.count(b"\n")
    cells = [
        b"\xc2\xb2",
        b"9" * 5000,
        b'"',
        b'""',
        b",",
        b"\n",
        b"\0",
        b"\xff",
        b"2026-99-99 99:99:99",
        b"-1",
        b"\r",
        b" ",
    ]
    chance = random.Random(9)
    check_reader(READERS[name], octets, rows, spoil=150)
    for _ in range(200):
        spoilt = octets
        for _ in range(chance.randrange(1, 5)):
            place = chance.randrange(len(spoilt))
            spoilt = spoilt[:place] + chance.choice(cells) + spoilt[place + chance.randrange(3) :]
        stream: Any = io.BufferedReader(io.BytesIO(spoilt))
        batches = list(READERS[name].read(stream, LogFormat(), None))
        numbers = sorted(
            number
            for batch in batches
            for number in (*batch.numbers, *(row.number for row in batch.rejected))
        )
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_line_without_an_end_is_one_rejected_row() -> None:
    octets = (DATA / "asterisk.csv").read_bytes()
    rows = octets.count(b"\n")
    long = b"x" * (3 * MOST_LINE_BYTES) + b"\n"
    stream: Any = io.BufferedReader(io.BytesIO(long + octets + long))
    batches = list(READERS["asterisk-cdr"].read(stream, LogFormat(), None))
    rejected = [row for batch in batches for row in batch.rejected]
    assert [row.number for row in rejected] == [1, rows + 2]
    assert {row.reason for row in rejected} == {f"the line is longer than {MOST_LINE_BYTES:,} bytes"}
    assert sum(len(batch.numbers) for batch in batches) == rows
