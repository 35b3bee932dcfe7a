"""Notices about instants that are of another unit or far away, and about zones without summer time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity import Engine
from comity.clock.eras import EARLY, LATE, YEAR, Eras
from comity.clock.instants import DAY
from comity.columnar.scan.eras import count_eras
from comity.notices import Notice
from comity.readers import FieldRule, Mapping

POLICY = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
timezone = "ZONE"
[rules.days]
kind = "minimum-gap"
contact = {}
gap = "2 calendar days"
"""


def notices(folder: Path, text: str, code: str, *, zone: str = "UTC", **options: Any) -> list[Notice]:
    path = folder / "log.csv"
    path.write_text(text)
    engine = Engine.of(POLICY.replace("ZONE", zone))
    found = [
        [n for n in engine.audit(engine.log(path, **options), engine=back_end).notices if n.code == code]
        for back_end in ("online", "columnar")
    ]
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    ("form", "numbers", "said", "example"),
    [
        (
            "unix-us",
            (1_751_647_500, 1_751_649_000),
            "2 events lie in January 1970",
            "1970-01-01T00:29:11.647500Z",
        ),
        ("unix-ms", (1_751_647_500, 1_751_649_000), "in January 1970", "1970-01-21T06:34:07.500000Z"),
        ("unix", (45_842, 45_843), "in January 1970", "1970-01-01T12:44:02Z"),
        (
            "unix",
            (17_516_475_000, 17_516_490_000),
            "2 events lie in the year 2200 or later",
            "2525-01-28T03:40:00Z",
        ),
        ("unix-ms", (1_751_647_500_000, 17_516_490_000_000), "1 event lies in the year 2200", None),
    ],
)
def test_a_wrong_unit_is_told(
    tmp_path: Path, form: str, numbers: tuple[int, int], said: str, example: str | None
) -> None:
    text = "person,at\n" + "".join(f"a,{number}\n" for number in numbers)
    mapping = Mapping(1, fields={"at": FieldRule("at", format=form)})
    [notice] = notices(tmp_path, text, "suspicious-instants", mapping=mapping)
    assert said in notice.message
    assert notice.help is not None
    assert "state the unit" in notice.help
    assert example is None or notice.example == example


@pytest.mark.parametrize("odd", ["1925-07-04T10:00:00Z", "2052-07-04T10:00:00Z", "2014-01-02T10:00:00Z"])
def test_an_event_far_from_the_rest_is_told(tmp_path: Path, odd: str) -> None:
    rows = ["2025-07-04T10:00:00Z", "2025-07-08T10:00:00Z", odd, "2026-07-04T10:00:00Z"]
    text = "person,at\n" + "".join(f"a,{at}\n" for at in rows)
    [notice] = notices(tmp_path, text, "suspicious-instants")
    assert notice.count == 1
    assert notice.example == odd
    assert "far from the rest" in notice.message


@pytest.mark.parametrize(
    "rows",
    [
        ["2025-07-04T10:00:00Z"],
        ["2025-07-04T10:00:00Z", "2014-07-04T10:00:00Z"],
        [f"{year}-07-04T10:00:00Z" for year in range(1990, 2026, 9)],
        ["1970-02-01T00:00:00Z", "1975-02-01T00:00:00Z"],
        ["2199-12-31T23:59:59Z"],
    ],
)
def test_other_logs_are_not_doubted(tmp_path: Path, rows: list[str]) -> None:
    text = "person,at\n" + "".join(f"a,{at}\n" for at in rows)
    assert notices(tmp_path, text, "suspicious-instants") == []


edges = st.sampled_from([0, EARLY, LATE, YEAR, -YEAR, 55 * YEAR, 66 * YEAR, 230 * YEAR])
instants = st.builds(lambda edge, off: edge + off, edges, st.sampled_from([0, -1, 1, DAY, -DAY]))


@given(st.lists(instants, max_size=30), st.integers(1, 6))
def test_the_years_are_the_same_however_they_are_counted(found: list[int], size: int) -> None:
    plain = Eras()
    plain.add_sorted(sorted(found), lambda instant: instant)
    blocks = Eras()
    for begin in range(0, len(found), size):
        block = found[begin : begin + size]
        blocks.update(count_eras(np.array(block, np.int64), min(block), max(block)))
    assert plain == blocks
    ordinary = [instant for instant in found if not 0 <= instant < EARLY and instant < LATE]
    assert plain.years == Counter(instant // YEAR for instant in ordinary)
    early = [instant for instant in found if 0 <= instant < EARLY]
    assert plain.suspicious().get("january-1970") == ((len(early), min(early)) if early else None)


def test_a_zone_without_summer_time_is_told_of_events_policies_and_logs(tmp_path: Path) -> None:
    text = "person,at,timezone\na,2025-07-04T10:00:00Z,EST\nb,2025-07-04T10:00:00Z,EST Europe/Rome\n"
    [notice] = notices(tmp_path, text, "fixed-offset-zone")
    assert (notice.count, notice.example) == (2, "EST")
    assert notice.help is not None
    assert "`America/New_York`" in notice.help
    [notice] = notices(tmp_path, "person,at\na,2025-07-04T10:00:00Z\n", "fixed-offset-zone", zone="MST")
    assert (notice.count, notice.example) == (None, "MST")
    assert notice.help is not None
    assert "`America/Denver`" in notice.help
    [notice] = notices(tmp_path, "person,at\na,2025-07-04 10:00\n", "fixed-offset-zone", timezone="HST")
    assert notice.example == "HST"
    assert notices(tmp_path, "person,at\na,2025-07-04 10:00\n", "fixed-offset-zone", timezone="-05:00") == []
