"""Many rows that are no events: told by columns as reading them one by one tells them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.readers import BUILTIN_READERS, Log, Rejection

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


def bad_times(seed: int) -> list[str]:
    return [f"p{number},soon {number % 7},call,out,,m{seed}" for number in range(400)]


def logs(path: Path, wanted: int | None) -> tuple[Log, list[Rejection]]:
    told: list[Rejection] = []
    listens = {"on_reject": told.append} if wanted is None else {}
    return Log([path], readers=BUILTIN_READERS, **listens), told  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [lines, bad_times])
@pytest.mark.parametrize("seed", range(4))
def test_both_ways_of_reading_reject_the_same_rows(
    make: Callable[[int], list[str]], seed: int, tmp_path: Path
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "\n".join(make(seed)) + "\n", "utf-8")
    by_rows, first = logs(path, None)
    for _ in by_rows.batches():
        pass
    by_columns, second = logs(path, None)
    read(by_columns)
    assert len(first) > 300
    assert repr(second) == repr(first)
    assert by_columns.tally == by_rows.tally
    assert by_columns.notices() == by_rows.notices()
    quiet, _ = logs(path, 0)
    read(quiet)
    assert repr(quiet.rejections) == repr(first[:100])
    assert quiet.tally.rows_rejected == len(first)


def read(log: Log) -> None:
    before = 0
    for block in log.blocks(frozenset({"kind", "matter", "timezone"})):
        loaded: Any = block.load()
        loaded.add_counts(before)
        before += loaded.extent
