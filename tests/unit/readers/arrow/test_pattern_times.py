from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import EventError
from comity.readers.arrow.pattern_times import read_pattern_times
from comity.readers.mapping.patterns import Pattern

PATTERNS = (
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y %H:%M:%S",
    "%d%m%Y",
    "%Y%m%d",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%a, %d %b %Y %H:%M:%S %z",
    "%d. %B %Y",
    "%b %d %Y %I%p",
    "%H:%M %d/%m/%Y",
    "%Y/%m/%d %H:%M:%S%z",
    "at %% %d/%m/%Y",
    "%Y%m%d%H%M%S",
    "%H.%M %Y-%m-%d",
)
WRONG = ("", "x", "31.02.2024 10:00", "13/45/2024 10:00 AM", "1/2/2024 0:30 PM", "٣.03.2024 10:00", "0001")
instants = st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2199, 12, 31))


@st.composite
def columns(draw: st.DrawFn) -> tuple[str, list[str | None]]:
    pattern = draw(st.sampled_from(PATTERNS))
    zone = dt.timezone(dt.timedelta(minutes=draw(st.sampled_from((0, 60, -300, 330, -570, 14 * 60 + 30)))))
    texts = []
    for instant in draw(st.lists(instants, min_size=1, max_size=12)):
        text = instant.replace(tzinfo=zone).strftime(pattern)
        if draw(st.booleans()):
            text = text.replace("/0", "/").replace(" 0", " ").removeprefix("0")
        if draw(st.integers(0, 5)) == 0:
            # One digit more, fewer, or another one: what is read may change, or nothing be readable.
            place = draw(st.integers(0, len(text) - 1))
            text = text[:place] + draw(st.sampled_from(("", "0", "3", "9", " ", "a"))) + text[place + 1 :]
        texts.append(text)
    return pattern, [*texts, *draw(st.lists(st.sampled_from(WRONG) | st.none(), max_size=3))]


@settings(deadline=None)
@given(columns(), st.integers(0, 3))
def test_what_is_not_suspect_is_read_as_one_by_one(drawn: tuple[str, list[str | None]], cut: int) -> None:
    text, written = drawn
    if text.endswith("z") and cut:
        written = [None if each is None else re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", each) for each in written]
    found = read_pattern_times(pa.array(written, pa.string()).slice(min(cut, len(written) - 1)), text)
    assert found is not None
    pattern = Pattern(text, {})
    for place, each in enumerate(written[min(cut, len(written) - 1) :]):
        if not found.suspect[place]:
            assert each is not None
            assert (int(found.micros[place]), found.precision) == pattern.read(each)
        elif found.impossible[place]:
            assert each is not None
            with pytest.raises(EventError):
                pattern.read(each)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_usual_texts_are_not_suspect(pattern: str) -> None:
    days = [dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=7 * number) for number in range(900)]
    texts = [day.strftime(pattern) for day in days]
    found = read_pattern_times(pa.array(texts), pattern)
    assert found is not None
    assert not found.suspect.any()
    assert found.micros.tolist() == [Pattern(pattern, {}).read(text)[0] for text in texts]


def test_one_wrong_text_does_not_make_its_neighbours_suspect() -> None:
    texts = pa.array(["30.02.2024 10:00", "28.02.2024 10:00", "29.02.2024 10:61"])
    found = read_pattern_times(texts, "%d.%m.%Y %H:%M")
    assert found is not None
    assert found.suspect.tolist() == [True, False, True]
    assert found.impossible.tolist() == [True, False, True]
    with pytest.raises(EventError):
        Pattern("%d.%m.%Y %H:%M", {}).read("30.02.2024 10:00")


@pytest.mark.parametrize(
    "pattern", ["%Y-%j", "%G-W%V-%u", "%d.%m.%Y %H:%M %Z", "%d.%m.%Y 10:%M", "%d.%d.%m.%Y"]
)
def test_other_patterns_are_read_one_by_one(pattern: str) -> None:
    assert read_pattern_times(pa.array(["01.01.2024"]), pattern) is None


def test_many_shapes_are_read_one_by_one() -> None:
    texts = ["x" * number + "1" * (number % 7) for number in range(3000)]
    assert read_pattern_times(pa.array(texts), "%d.%m.%Y") is None
    assert np.all(read_pattern_times(pa.array(texts[:50]), "%d.%m.%Y").suspect)  # type: ignore[union-attr]
