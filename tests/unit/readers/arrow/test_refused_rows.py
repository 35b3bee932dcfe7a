"""Many rows that are no events: told by columns as reading them one by one tells them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.readers import BUILTIN_READERS, Log, Mapping, Rejection
from comity.readers.mapping.mapping import Only

TIMES = ("2025-03-01T10:00:00Z", "2025-03-01 10:00", "2025-03-01T10:00Z", "", "soon", "2025-13-01")
HEAD = "person,at,kind,direction,timezone,matter\n"


def lines(seed: int, count: int = 700) -> list[str]:
    draw = random.Random(seed)
    choose: Callable[[tuple[str, ...]], str] = draw.choice
    return [
        ",".join(
            (
                choose(("ann", "bob", " cem ", "", "  ", "d\u200be")),
                choose((*TIMES, f"2025-03-01T10:{draw.randrange(60):02}:00+0{draw.randrange(3)}:00")),
                choose(("call", "mail", "")),
                choose(("outbound", "in", "sideways", "")),
                choose(("", "", "Europe/Rome", "Mars/Base")),
                choose(("", "m1", "m1;m\u200b2")),
            )
        )
        for _ in range(count)
    ]


def misfits(seed: int) -> list[str]:
    """Rows with too few cells or too many, and lines that are no rows, among good ones."""
    draw = random.Random(seed)
    odd = ("", " ", "\t ", "ann", "ann,2025-03-01", "a,b,c,d,e,f,g", ",,,,,,,,", "'", "ann ,\u200b,")
    good = lines(seed, 900)
    return [draw.choice(odd) if draw.random() < 0.4 else line for line in good]


def odd_times(seed: int) -> list[str]:
    """Times of several forms, in many of which a digit or a sign is another one."""
    draw = random.Random(seed)
    forms = (
        "2025-03-01T10:07:59Z",
        "2025-11-30 23:40:01+01:00",
        "2025-01-31T00:10-0530",
        "2024-02-29",
        "2025-10-26 02:30",
        "2025-03-01T10:00:00.25Z",
        "2025-03-01T10:00:00,5Z",
    )
    texts = []
    for _ in range(900):
        text = draw.choice(forms)
        for _ in range(draw.choice((0, 0, 1, 2))):
            place = draw.randrange(len(text))
            text = text[:place] + draw.choice("0123456789-:TZ. +x\u200b\u0663") + text[place + 1 :]
        texts.append(text.replace(",", draw.choice((".", "x"))))
    return [f"p{number},{text},call,out,Europe/Rome,m1" for number, text in enumerate(texts)]


def bad_times(seed: int) -> list[str]:
    return [f"p{number},soon {number % 7},call,out,,m{seed}" for number in range(400)]


ONLY = Mapping(1, only=(Only("kind", ("call",)),))


def logs(path: Path, mapping: Mapping | None, wanted: int | None) -> tuple[Log, list[Rejection]]:
    told: list[Rejection] = []
    listens = {"on_reject": told.append} if wanted is None else {}
    return Log([path], readers=BUILTIN_READERS, mapping=mapping, **listens), told  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [lines, bad_times, misfits, odd_times])
@pytest.mark.parametrize("mapping", [None, ONLY])
@pytest.mark.parametrize("seed", range(4))
def test_both_ways_of_reading_reject_the_same_rows(
    make: Callable[[int], list[str]], seed: int, mapping: Mapping | None, tmp_path: Path
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "\n".join(make(seed)) + "\n", "utf-8")
    by_rows, first = logs(path, mapping, None)
    for _ in by_rows.batches():
        pass
    by_columns, second = logs(path, mapping, None)
    read(by_columns)
    assert len(first) > 100
    assert repr(second) == repr(first)
    assert by_columns.tally == by_rows.tally
    assert by_columns.notices() == by_rows.notices()
    quiet, _ = logs(path, mapping, 0)
    read(quiet)
    assert repr(quiet.rejections) == repr(first[:100])
    assert quiet.tally.rows_rejected == len(first)


def read(log: Log) -> None:
    before = 0
    for block in log.blocks(frozenset({"kind", "matter", "timezone"})):
        loaded: Any = block.load()
        loaded.add_counts(before)
        before += loaded.extent
