"""Contact hours and business hours are one sentence, and so must be what is made of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from comity.clock.instants import DAY, HOUR, MAX_INSTANT, MINUTE, parse_instant
from comity.clock.zones import find_zone
from comity.plan.constraints.hours import Hours, HoursSlot
from comity.plan.time.calendars import Calendar, Opening
from comity.plan.time.opening import OpenSpan, open_span

CHANGES = {
    "Europe/Rome": ("2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z"),
    "America/Havana": ("2025-03-09T05:00:00Z", "2025-11-02T05:00:00Z"),
    "Pacific/Apia": ("2011-12-30T10:00:00Z",),
    "Australia/Lord_Howe": ("2025-04-05T15:00:00Z", "2025-10-04T15:30:00Z"),
    "Asia/Tokyo": ("2025-06-01T00:00:00Z",),
}
times = st.integers(0, 48).map(lambda half: half * HOUR // 2)
days = st.frozensets(st.integers(0, 6), min_size=1)
openings = st.lists(
    st.tuples(days, times, times).filter(lambda each: each[1] != each[2] and each[1] < DAY and each[2] > 0),
    min_size=1,
    max_size=3,
)
places = st.sampled_from([(name, parse_instant(text)) for name, texts in CHANGES.items() for text in texts])


@given(openings, places, st.integers(-60, 60))
def test_contact_hours_and_business_hours_are_open_at_the_same_instants(
    given_openings: list[tuple[frozenset[int], int, int]], place: tuple[str, int], quarters: int
) -> None:
    zone, instant = find_zone(place[0]), place[1] + quarters * 15 * MINUTE
    calendar = Calendar(opening=tuple(Opening(*each) for each in given_openings))
    hours = Hours(tuple(HoursSlot(*each) for each in given_openings))
    span = OpenSpan(1, calendar=calendar)
    assert hours.allows((zone,), instant) == (span.leave(zone, instant) == instant + 1)
    assert hours.allows((zone,), instant - 1) == (span.start(zone, instant) == instant)
    following = hours.next_allowed((zone,), instant)
    assert following is not None
    assert span.leave(zone, instant) == following + 1


@given(openings, places, st.integers(-60, 60), st.integers(1, 12))
def test_what_is_within_looking_back_is_not_yet_due(
    given_openings: list[tuple[frozenset[int], int, int]], place: tuple[str, int], quarters: int, count: int
) -> None:
    zone, instant = find_zone(place[0]), place[1] + quarters * 15 * MINUTE
    span = open_span(count, "", Calendar(opening=tuple(Opening(*each) for each in given_openings)))
    leaves = span.leave(zone, instant)
    assert leaves < MAX_INSTANT
    assert span.start(zone, leaves - 1) <= instant < span.start(zone, leaves)
    assert span.earliest_start(leaves - 1) <= instant
    assert span.surely_passed(leaves) < instant
