"""Policies and histories drawn at random, the histories crowded on the boundaries that the policies draw."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import tomli_w
from hypothesis import strategies as st

from comity.clock.instants import format_instant
from comity.events.event import Event
from comity.policy.model import OpeningTable
from comity.policy.types import DayName
from reference import Calendar, day_begins, deadline_after, local_day, wall_clock

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Table = dict[str, Any]

ZONES = (
    "America/New_York",
    "Europe/Paris",
    "America/Havana",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Pacific/Apia",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "UTC",
    "+05:30",
    "-09:30",
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WRITTEN_KINDS = ("call", "Call", "CALL ", "call", "visit", "visit", "FOLLOW_UP", "follow up", "thank-you")
WRITTEN_CHANNELS = (
    "phone",
    "Tel",
    "call",
    "E-Mail",
    "email",
    "text_message",
    "SMS",
    "post",
    "Carrier Pigeon",
)
MEDIA = ("voice", "written", "post")
DIRECTIONS = ("outbound", "inbound", "none")
WRITTEN_OUTCOMES = ("answered", "No_Answer", "no answer", "VOICEMAIL")
ACTORS = ("ann", "Ann", "bob")
MATTERS = ("m1", "m2", "M1")
PERSONS = ("p", "q", "é")
ELAPSED = ("1h", "24h", "7d", "2d", "1d 12h", "PT24H", "P7D", "90s", "1w", "15m", "P1DT12H")
LOCAL = (
    "1 calendar day",
    "2 calendar days",
    "7 calendar days",
    "1 business day",
    "2 business days",
    "10 business days",
    "1 month",
    "6 months",
    "1 year",
    "2 years",
    "1 month 3 calendar days",
    "1 year 14 calendar days",
    "same day",
    "same week",
    "same month",
    "same quarter",
    "same year",
)
OFFSETS = (
    0,
    90 * SECOND,
    15 * 60 * SECOND,
    HOUR,
    2 * HOUR,
    23 * HOUR,
    DAY,
    25 * HOUR,
    36 * HOUR,
    2 * DAY,
    3 * DAY,
    7 * DAY,
    10 * DAY,
    14 * DAY,
    30 * DAY,
    31 * DAY,
    182 * DAY,
    365 * DAY,
    366 * DAY,
)
ANCHORS = (
    ("America/New_York", (2024, 3, 10, 2)),
    ("America/New_York", (2024, 11, 3, 1)),
    ("Europe/Paris", (2024, 3, 31, 2)),
    ("Europe/Paris", (2024, 10, 27, 3)),
    ("America/Havana", (2024, 3, 10, 0)),
    ("America/Havana", (2024, 11, 3, 0)),
    ("America/Sao_Paulo", (2018, 2, 18, 0)),
    ("America/Sao_Paulo", (2018, 11, 4, 0)),
    ("America/St_Johns", (2010, 11, 7, 0)),
    ("America/St_Johns", (2010, 11, 6, 23)),
    ("Pacific/Apia", (2011, 12, 29, 0)),
    ("Pacific/Apia", (2011, 12, 31, 0)),
    ("Australia/Lord_Howe", (2024, 4, 7, 2)),
    ("Australia/Lord_Howe", (2024, 10, 6, 2)),
    ("Asia/Kolkata", (2024, 2, 29, 0)),
    ("America/New_York", (2024, 3, 1, 0)),
    ("Europe/Paris", (2025, 1, 1, 0)),
    ("America/New_York", (2024, 7, 4, 0)),
    ("UTC", (2024, 8, 31, 0)),
    ("UTC", (2024, 9, 1, 0)),
    ("Europe/Paris", (2024, 5, 6, 8)),
)
DATES = (
    dt.date(2010, 11, 6),
    dt.date(2010, 11, 7),
    dt.date(2010, 11, 8),
    dt.date(2011, 12, 29),
    dt.date(2011, 12, 30),
    dt.date(2011, 12, 31),
    dt.date(2018, 2, 17),
    dt.date(2018, 2, 18),
    dt.date(2024, 2, 29),
    dt.date(2024, 3, 1),
    dt.date(2024, 3, 10),
    dt.date(2024, 3, 11),
    dt.date(2024, 11, 4),
    dt.date(2025, 1, 1),
)
TEXTS = (
    "",
    "  ",
    "hello there",
    "Hello,  there! final notice",
    "FINAL-NOTICE final_notice",
    "Straße im İstanbul",
    "stop",
    "reply stop to opt out",
)
PHRASES = ("final notice", "Hello there", "stop", "STRASSE", "istanbul", "opt out!", "final_notice")
NUMBERS = ("1", "2.5", "-3", "1e2", " 2 ", "+2.50", "x", "nan", "1_0", "", ".5", "1e999", 2, 2.5, 100, True)
BOOLEANS = ("true", "TRUE", "False", "yes", "N", "off", "1", "maybe", True, False, 1, 0, 2, 1.0)
NOTES = ("a", "b", " a ", "ab", "A[b]", 3)


def sometimes(chance: int) -> st.SearchStrategy[bool]:
    """Draw true once in so many times."""
    return st.integers(0, chance - 1).map(lambda n: n == chance - 1)


# --- instants ------------------------------------------------------------------------------------------


def from_wall(zone: str, *wall: int) -> int:
    """Return the instant of a wall time, the first where it occurs twice."""
    year, month, day, hour = (*wall, 0)[:4]
    return round_down(dt.datetime(year, month, day, hour, tzinfo=zone_info(zone)))


def zone_info(zone: str) -> dt.tzinfo:
    if zone[0] not in "+-":
        return ZoneInfo(zone)
    length = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return dt.timezone(length if zone[0] == "+" else -length)


def round_down(moment: dt.datetime) -> int:
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def midnight(zone: str, instant: int) -> int:
    """Return midnight, as the wall clock has it, before the instant."""
    wall = (EPOCH + dt.timedelta(microseconds=instant)).astimezone(zone_info(zone))
    return from_wall(zone, wall.year, wall.month, wall.day)


@st.composite
def instants(draw: st.DrawFn, anchors: Sequence[int] | None = None, zones: Sequence[str] = ("UTC",)) -> int:
    """Draw an instant that is a span of the policies away from an anchor, give or take a microsecond."""
    instant = draw(st.sampled_from(ANCHOR_INSTANTS if anchors is None else anchors))
    for _ in range(draw(st.sampled_from((0, 1, 1, 2)))):
        instant += draw(st.sampled_from(OFFSETS)) * draw(st.sampled_from((1, 1, -1)))
    if draw(sometimes(4)):
        instant = midnight(draw(st.sampled_from(zones)), instant)
    return instant + draw(st.sampled_from((0, 0, 0, 0, 1, -1)))


ANCHOR_INSTANTS = tuple(from_wall(zone, *wall) for zone, wall in ANCHORS)


# --- policies ------------------------------------------------------------------------------------------


@attrs.frozen
class Scene:
    """What a policy's selectors and rules may name."""

    zoned: bool
    names: tuple[str, ...] = ()
    attributes: Mapping[str, str] = attrs.field(factory=dict)
    calendars: tuple[str, ...] = ()
    calendar: str | None = None
    states: tuple[str, ...] = ()


def spans(zoned: bool) -> st.SearchStrategy[str]:
    elapsed = st.sampled_from(ELAPSED)
    return st.sampled_from(LOCAL) | elapsed if zoned else elapsed


def spans_or_fields(scene: Scene, zoned: bool) -> st.SearchStrategy[Any]:
    """Draw a span, or where it is declared, one up to the instant in a field."""
    plain = spans(zoned)
    if not zoned or "callback" not in scene.attributes:
        return plain
    further = plain.filter(lambda span: not span.startswith("same"))
    own: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {"field": st.just("callback")}, optional={"else": plain}
    )
    own |= st.builds(
        lambda key, span, table: {**table, key: span}, st.sampled_from(("plus", "minus")), further, own
    )
    return plain | own


def per_fields(scene: Scene) -> st.SearchStrategy[list[str]]:
    common = st.sampled_from([["person"], ["person", "matter"], ["matter"], ["actor", "person"], []])
    fields = [
        "person",
        "matter",
        "actor",
        "kind",
        "channel",
        "medium",
        "direction",
        "outcome",
        *(name for name, kind in scene.attributes.items() if kind != "texts"),
    ]
    return common | st.lists(st.sampled_from(fields), max_size=3, unique=True)


def one_or_more(values: Sequence[object]) -> st.SearchStrategy[object]:
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


@st.composite
def text_tests(
    draw: st.DrawFn, values: Sequence[object], patterns: Sequence[str] = (), *, several: bool = False
) -> object:
    """Draw a test of a field of text."""
    if not draw(sometimes(4)):
        return draw(one_or_more(values))
    table: Table = {}
    operators = ["not", "exists", *(["like"] if patterns else []), *(["all-of"] * 3 if several else [])]
    for key in draw(st.lists(st.sampled_from(operators), min_size=1, max_size=2, unique=True)):
        if key in ("not", "all-of"):
            table[key] = draw(one_or_more(values))
        elif key == "exists":
            table["exists"] = draw(st.booleans())
        else:
            table["like"] = draw(st.sampled_from(patterns))
    return table


@st.composite
def number_tests(draw: st.DrawFn, values: Sequence[object]) -> object:
    if draw(sometimes(3)):
        return draw(one_or_more(values))
    operators = ["at-least", "at-most", "more-than", "less-than", "not", "exists"]
    chosen = draw(st.lists(st.sampled_from(operators), min_size=1, max_size=2, unique=True))
    return {key: draw(st.booleans() if key == "exists" else st.sampled_from(values)) for key in chosen}


@st.composite
def instant_tests(draw: st.DrawFn) -> object:
    operators = ["at-least", "at-most", "more-than", "less-than"]
    bound = EPOCH + dt.timedelta(microseconds=draw(instants()))
    return {draw(st.sampled_from(operators)): bound}


FIELD_TESTS: dict[str, st.SearchStrategy[object]] = {
    "kind": text_tests(WRITTEN_KINDS, ("*CALL", "Follow?Up", "*-*", "[a-z]*")),
    "channel": text_tests(WRITTEN_CHANNELS, ("e*", "*O*", "?ms")),
    "direction": text_tests(DIRECTIONS),
    "outcome": text_tests(WRITTEN_OUTCOMES, ("No*", "?oicemail")),
    "medium": text_tests(MEDIA, ("*O*",)),
    "actor": text_tests(ACTORS, ("a*", "?nn", "[ab]*")),
    "person": text_tests(PERSONS, ("?", "p*")),
    "matter": text_tests(MATTERS, ("m?", "*1"), several=True),
    "timezone": st.booleans().map(lambda truth: {"exists": truth}),
    "id": text_tests(("e1", "e2")),
    "at": instant_tests(),
}
ATTRIBUTE_TESTS: dict[str, st.SearchStrategy[object]] = {
    "number": number_tests((1, 2.5, -3, 100, 0.5)),
    "boolean": text_tests((True, False)),
    "text": text_tests(("a", "b", "A[b]", "3"), ("a*", "A[b]", "?")),
    "instant": st.booleans().map(lambda truth: {"exists": truth}),
    "texts": text_tests(("a", "b", "phone", '["a"]'), ("a*", "?", "*a*"), several=True),
}
COMMON_FIELDS = ("kind", "kind", "kind", "direction", "channel", "outcome", "medium")


RELATIONS = ("same-as", "at-least", "at-most", "more-than", "less-than")
TEXT_FIELDS = ("channel", "kind", "outcome", "medium", "actor", "matter", "person", "direction")


def pairs_of(scene: Scene) -> list[tuple[str, str]]:
    """List the fields that can be compared, those most that may have the same values."""
    types = {**scene.attributes, "at": "instant"}
    types = {name: kind for name, kind in types.items() if scene.zoned or kind != "instant"}
    alike = {name: kind.removesuffix("s") for name, kind in types.items()}
    pairs = [(one, other) for one, other in permutations(types, 2) if alike[one] == alike[other]]
    for name in ("wanted", "topics"):
        if name in types:
            pairs += [pair for field in TEXT_FIELDS for pair in ((field, name), (name, field))]
    if "wanted" in types:
        pairs += [("actor", "person"), ("kind", "channel"), ("channel", "medium"), ("matter", "actor")]
    return pairs


@st.composite
def selector_tables(draw: st.DrawFn, scene: Scene, depth: int) -> Table:
    """Draw a selector that is written in place."""
    table: Table = {}
    rare = [*FIELD_TESTS, *scene.attributes]
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 1, 2)))):
        field = draw(st.sampled_from(rare if draw(sometimes(4)) else COMMON_FIELDS))
        typed = scene.attributes.get(field)
        table[field] = draw(FIELD_TESTS[field] if typed is None else ATTRIBUTE_TESTS[typed])
    if "topics" in scene.attributes and draw(sometimes(6)):
        table["topics"] = draw(ATTRIBUTE_TESTS["texts"])
    if draw(sometimes(8)) and (pairs := pairs_of(scene)):
        field, other = draw(st.sampled_from(pairs))
        ordered = field == "at" or scene.attributes.get(field) in ("number", "instant")
        relation = draw(st.sampled_from(RELATIONS if ordered else ("same-as",)))
        table[field] = {relation: other if relation == "same-as" else {"field": other}}
    if depth > 0 and draw(sometimes(6)):
        table["any"] = draw(st.lists(selectors(scene, depth - 1), min_size=1, max_size=2))
    if depth > 0 and draw(sometimes(8)):
        table["not"] = draw(selectors(scene, depth - 1))
    if depth > 0 and draw(sometimes(6)):
        table["preceded-by"] = draw(preceded_by(scene, depth - 1))
    if len(scene.states) > 0 and draw(sometimes(5)):
        table["during"] = draw(one_or_more(scene.states))
    return table


@st.composite
def preceded_by(draw: st.DrawFn, scene: Scene, depth: int) -> Table:
    table: Table = {"event": draw(selectors(scene, depth))}
    if draw(st.booleans()):
        table["in-last"] = draw(spans_or_fields(scene, scene.zoned))
    if draw(sometimes(3)):
        table["until"] = draw(selectors(scene, depth))
    if not isinstance(table.get("in-last"), dict) and draw(sometimes(3)):
        table |= draw(enough(scene, scene.zoned))
    if draw(sometimes(3)):
        table["per"] = draw(per_fields(scene))
    return table


@st.composite
def enough(draw: st.DrawFn, scene: Scene, zoned: bool) -> Table:
    """Draw how many earlier events there must be, or how many different values of what."""
    table: Table = {"at-least": draw(st.integers(1, 3))}
    if draw(st.booleans()):
        table["distinct"] = draw(differing(scene, zoned))
    return table


@st.composite
def state_tables(draw: st.DrawFn, scene: Scene) -> Table:
    """Draw a state that begins and ends often."""
    table: Table = {"from": draw(selectors(scene, 1))}
    if draw(sometimes(3)):
        table["in-last"] = draw(spans_or_fields(scene, scene.zoned))
    if not draw(sometimes(4)):
        table["until"] = draw(selectors(scene, 1))
    if draw(sometimes(3)):
        table["per"] = draw(per_fields(scene))
    return table


def selectors(scene: Scene, depth: int = 2) -> st.SearchStrategy[Table | str]:
    written = selector_tables(scene, depth)
    return st.sampled_from(scene.names) | written if scene.names else written


@st.composite
def calendar_tables(draw: st.DrawFn) -> Table:
    table: Table = {}
    if draw(st.booleans()):
        table["dates"] = draw(st.lists(st.sampled_from(DATES), max_size=4, unique=True))
    if draw(st.booleans()):
        table["weekend"] = draw(
            st.sampled_from([["fri", "sat"], ["sun"], [], ["thu", "fri"], ["mon", "tue", "wed"]])
        )
    if draw(st.booleans()):
        table["week-starts"] = draw(st.sampled_from(("sun", "sat", "wed")))
    if draw(sometimes(3)):
        table["holidays"] = draw(st.sampled_from(("US", "FR")))
    return table


@st.composite
def effective_tables(draw: st.DrawFn) -> Table:
    table: Table = {}
    days = sorted(draw(st.lists(st.sampled_from(DATES), min_size=2, max_size=2)))
    ends = draw(st.sampled_from([("from",), ("through",), ("from", "through")]))
    for end in ends:
        table[end] = days[0] if end == "from" else days[1]
    return table


@st.composite
def slots(draw: st.DrawFn, has_calendar: bool) -> Table:
    table: Table = {}
    if draw(sometimes(3)):
        table["days"] = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5, unique=True))
    begin = draw(st.sampled_from((None, dt.time(8), "09:30", "22:00", dt.time(0, 30), "02:00", "01:30")))
    end = draw(st.sampled_from((None, dt.time(21), "24:00", "08:00", dt.time(2, 15), "17:00", "01:00")))
    if begin is not None:
        table["from"] = begin
    if end is not None and not (begin == dt.time(8) and end == "08:00"):
        table["to"] = end
    if has_calendar and draw(sometimes(3)):
        table["holidays"] = draw(st.sampled_from(("include", "exclude", "only")))
    if draw(sometimes(3)):
        table["dates"] = draw(
            st.lists(st.sampled_from(DATES), min_size=1, max_size=3, unique=True)
            | st.sampled_from(
                (
                    {"from": "12-20", "through": "01-02"},
                    {"from": "03-01", "through": "03-31"},
                    {"from": "02-29", "through": "02-29"},
                    {"from": dt.date(2024, 2, 29), "through": dt.date(2024, 11, 3)},
                )
            )
        )
    return table


RULE_KINDS = (
    "response-window",
    "thank-you-window",
    "minimum-gap",
    "maximum-gap",
    "maximum-contacts",
    "contact-window",
    "maximum-share",
    "contact-hours",
    "stop-after",
    "requires",
    "forbidden",
    "message-style",
)


@st.composite
def rule_tables(draw: st.DrawFn, scene: Scene, kinds: Sequence[str] = RULE_KINDS) -> Table:
    """Draw a rule with the keys that all kinds have and those of its own."""
    kind = draw(st.sampled_from(kinds))
    if kind == "contact-window" and scene.attributes.get("callback") != "instant":
        kind = "forbidden"  # Nothing is declared that it could be around.
    rule: Table = {"kind": kind}
    if draw(sometimes(4)) or (kind in ("contact-hours", "contact-window") and not scene.zoned):
        rule["timezone"] = draw(st.sampled_from(ZONES))
    if draw(sometimes(4)):
        rule["calendar"] = draw(st.sampled_from((*scene.calendars, "US", "FR")))
    if draw(sometimes(3)):
        rule["severity"] = draw(st.sampled_from(("error", "warning", "info")))
    if draw(sometimes(10)):
        rule["enabled"] = draw(st.booleans())
    if draw(sometimes(3)):
        rule["per"] = draw(per_fields(scene))
    if draw(sometimes(3)):
        rule["absent"] = draw(st.sampled_from(("pool", "alone", "skip")))
    if draw(sometimes(4)):
        rule["exempt"] = draw(selectors(scene))
    zoned = scene.zoned or "timezone" in rule
    if zoned and draw(sometimes(7)):
        rule["effective"] = draw(effective_tables())
    selector = selectors(scene)

    def optional(key: str, strategy: st.SearchStrategy[object]) -> None:
        if draw(st.booleans()):
            rule[key] = draw(strategy)

    def optional_pause() -> None:
        if draw(sometimes(3)):
            rule["pause"] = {"from": draw(selector), "until": draw(selector)}

    rule["after" if kind in ("response-window", "thank-you-window") else "contact"] = draw(selector)
    match kind:
        case "response-window":
            rule["expect"] = draw(selector)
            rule["within"] = draw(spans_or_fields(scene, zoned))
            optional("unless", selector)
            optional_pause()
        case "thank-you-window":
            optional("expect", selector)
            optional("within", spans_or_fields(scene, zoned))
            optional("unless", selector)
            optional_pause()
        case "maximum-gap":
            # Shorter ones are missed many thousand times in a history.
            rule["gap"] = draw(spans(zoned).filter(lambda text: text not in ("90s", "15m")))
            optional("from", selector)
            optional("until", selector)
            optional_pause()
        case "minimum-gap":
            rule["gap"] = draw(spans_or_fields(scene, zoned))
            optional("since", selector)
            optional("until", selector)
        case "maximum-contacts":
            rule["limit"] = draw(st.integers(0, 3))
            if draw(sometimes(3)):
                rule["weight"] = draw(weights(scene))
                rule["limit"] = draw(st.sampled_from((0, 0.5, 1, 2, 2.5, 3, 3.25, 4, 100.000001)))
            elif draw(st.booleans()):
                rule["distinct"] = draw(differing(scene, zoned))
            rule["window"] = draw(st.just("ever") | spans(zoned))
            optional("counted", selector)
            optional("restart", selector)
        case "maximum-share":
            rule["of"] = draw(selector)
            rule["share"] = draw(st.sampled_from(("0%", "10%", "33.3%", "50%", "66.7 %", "100%")))
            rule["window"] = draw(spans(zoned))
            optional("at-least", st.integers(1, 4))
        case "contact-window":
            rule.update(draw(windows(zoned)))
        case "contact-hours":
            has_calendar = "calendar" in rule or scene.calendar is not None
            allowed = draw(st.sampled_from(("allow", "deny")))
            rule[allowed] = draw(st.lists(slots(has_calendar), min_size=1, max_size=2))
        case "stop-after":
            rule["after"] = draw(selector)
            optional("until", selector)
            optional("for", spans_or_fields(scene, zoned))
            if not isinstance(rule.get("for"), dict):
                optional("honour-within", spans(zoned))
        case "requires":
            grounds = [draw(ground_tables(scene, zoned)) for _ in range(draw(st.integers(1, 2)))]
            if len(grounds) > 1 or draw(sometimes(4)):
                rule["any"] = grounds
            else:
                rule.update(grounds[0])
        case "message-style":
            rule.update(draw(styles()))
    return rule


DISTANCES = (
    "-7d",
    "-24h",
    "-2 business days",
    "-1 calendar day",
    "-1 month",
    "-90s",
    "0h",
    "0 calendar days",
    "0 business days",
    "+1h",
    "+24h",
    "+1 calendar day",
    "+2 business days",
    "+1 month 3 calendar days",
    "+7d",
)
"""Those that come later in this order are never before others, save on the days around."""
EARLY, LATE = DISTANCES[:6], DISTANCES[9:]


@st.composite
def windows(draw: st.DrawFn, zoned: bool) -> Table:
    """Draw a window around an instant in the field `callback`, or all but that."""
    table: Table = {"around": "callback"}
    yearly = draw(sometimes(3))
    if yearly:
        table["yearly"] = True
    ends = draw(st.sampled_from([("from", "to")] * 3 + ([] if yearly else [("from",), ("to",)])))
    if len(ends) == 2:
        table["from"] = draw(st.sampled_from((*EARLY, "0h")))
        table["to"] = draw(st.sampled_from(("0h", *LATE)))
        if draw(sometimes(4)):
            table["from"], table["to"] = draw(st.sampled_from((("-72h", "-24h"), ("+1h", "+2d"))))
    else:
        table[ends[0]] = draw(st.sampled_from(DISTANCES))
    if draw(st.booleans()):
        table["deny"] = draw(st.booleans())
    return table


@st.composite
def weights(draw: st.DrawFn, scene: Scene) -> Any:
    """Draw what events count: the number in a field, or what the values of one stand for."""
    points = st.sampled_from((0, 1, 2, 3, 0.5, 1.25, 0.000001))
    numbers = [name for name, kind in scene.attributes.items() if kind == "number"]
    own = draw(st.booleans())
    if numbers and own:
        field = draw(st.sampled_from(numbers))
        return draw(st.just(field) | points.map(lambda otherwise: {"field": field, "otherwise": otherwise}))
    fields = WEIGHED | {name: WEIGHED_ATTRIBUTES[kind] for name, kind in scene.attributes.items()}
    fields = {name: values for name, values in fields.items() if values}
    field = draw(st.sampled_from(list(fields)))
    values = draw(st.dictionaries(st.sampled_from(fields[field]), points, min_size=1))
    table = {"field": field, "values": values}
    return table | ({"otherwise": draw(points)} if draw(st.booleans()) else {})


def differing(scene: Scene, zoned: bool) -> st.SearchStrategy[str]:
    """Draw what differs: a field, an attribute, or the day."""
    days = ["day"] * 4 if zoned else []
    fields = ["person", "matter", "actor", "kind", "channel", "medium", "outcome", "timezone"]
    texts = (name for name, kind in scene.attributes.items() if kind == "text")
    return st.sampled_from([*days, *fields, *texts])


WEIGHED: dict[str, tuple[str, ...]] = {
    "channel": ("phone", "email", "text message", "post"),
    "kind": ("call", "Visit", "follow_up"),
    "outcome": ("no-answer", "answered"),
    "medium": ("voice", "written"),
    "direction": ("outbound", "inbound"),
    "actor": ACTORS,
    "matter": MATTERS,
    "person": PERSONS,
}
WEIGHED_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "texts": (),
    "number": ("1", "2.5", "100"),
    "boolean": ("true", "no"),
    "text": ("a", "ab", "3"),
    "instant": (),
}


@st.composite
def ground_tables(draw: st.DrawFn, scene: Scene, zoned: bool) -> Table:
    table: Table = {"event": draw(selectors(scene))}
    if draw(st.booleans()):
        table["in-last"] = draw(spans_or_fields(scene, zoned))
    if draw(st.booleans()):
        table["until"] = draw(selectors(scene))
    if not isinstance(table.get("in-last"), dict) and draw(sometimes(3)):
        table |= draw(enough(scene, zoned))
    return table


@st.composite
def styles(draw: st.DrawFn) -> Table:
    table: Table = {}
    phrases = st.sampled_from(PHRASES)
    limits = ["max-words", "max-characters", "forbid-phrases", "require-phrases"]
    for key in draw(st.lists(st.sampled_from(limits), min_size=1, max_size=2, unique=True)):
        if key.startswith("max"):
            table[key] = draw(st.sampled_from((0, 1, 2, 4, 11, 12, 18)))
        elif key == "forbid-phrases":
            table[key] = draw(st.lists(phrases, min_size=1, max_size=2))
        else:
            several = st.lists(phrases, min_size=1, max_size=2)
            table[key] = draw(st.lists(phrases | several, min_size=1, max_size=2))
    if draw(sometimes(4)):
        table["field"] = "body"
    return table


NO_SCENE = Scene(False)


@st.composite
def documents(draw: st.DrawFn, kinds: Sequence[str] = RULE_KINDS, base: Scene = NO_SCENE) -> Table:
    """Draw a policy as the table that its file holds; it is always valid.

    Where a base is given, the policy may name what the base has.
    """
    document, _ = draw(documents_and_scenes(kinds, base, "drawn"))
    return document


@st.composite
def documents_and_scenes(
    draw: st.DrawFn, kinds: Sequence[str], base: Scene, policy_id: str, has_zone: bool | None = None
) -> tuple[Table, Scene]:
    if has_zone is None:
        has_zone = base.zoned or draw(st.sampled_from((True, True, True, False)))
    meta: Table = {"id": policy_id, "title": "Drawn", "version": "1"}
    declared = {"score": "number", "vip": "boolean", "note": "text", "callback": "instant", "team": "text"}
    declared |= {"limit": "number", "asked": "boolean", "wanted": "text", "due": "instant", "topics": "texts"}
    attributes = {name: kind for name, kind in declared.items() if draw(st.booleans())}
    if has_zone:
        meta["timezone"] = draw(st.sampled_from(ZONES))
        if draw(sometimes(10)):
            meta["effective"] = draw(effective_tables())
    calendars = {}
    for name in (f"{policy_id}-office", f"{policy_id}-plant"):
        if draw(sometimes(3)):
            calendars[name] = draw(calendar_tables())
    if draw(sometimes(3)):
        meta["calendar"] = draw(st.sampled_from((*calendars, "US", "US-NY", "FR")))
    if draw(sometimes(4)):
        meta["per"] = draw(per_fields(attrs.evolve(base, attributes={**base.attributes, **attributes})))
    scene = Scene(
        base.zoned or has_zone,
        base.names,
        {**base.attributes, **attributes},
        (*base.calendars, *calendars),
        meta.get("calendar"),
        base.states,
    )
    events = {}
    states = {}
    for name in ("first", "second-one", "third"):
        if draw(sometimes(2)):
            events[f"{policy_id}-{name}"] = draw(selector_tables(scene, 2))
            scene = attrs.evolve(scene, names=(*scene.names, f"{policy_id}-{name}"))
        if draw(sometimes(3)):
            states[f"{policy_id}-{name}"] = draw(state_tables(scene))
            scene = attrs.evolve(scene, states=(*scene.states, f"{policy_id}-{name}"))
    rules = [draw(rule_tables(scene, kinds)) for _ in range(draw(st.sampled_from((1, 2, 3, 4))))]
    document: Table = {"comity": 1, "policy": meta}
    sections = (
        ("attributes", attributes),
        ("events", events),
        ("states", states),
        ("calendars", calendars),
    )
    for key, table in sections:
        if table:
            document[key] = table
    document["rules"] = {f"{policy_id}-rule-{number}": rule for number, rule in enumerate(rules)}
    return document, scene


def policies(kinds: Sequence[str] = RULE_KINDS) -> st.SearchStrategy[str]:
    """Draw the TOML text of a policy."""
    return documents(kinds).map(tomli_w.dumps)


@st.composite
def families(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a policy with the id `base`, and one that extends it and defines some of its tables anew."""
    document, scene = draw(documents_and_scenes(RULE_KINDS, NO_SCENE, "base"))
    # Where the base has a zone of its own, the other needs one only for itself.
    zone = draw(st.booleans())
    own_scene = attrs.evolve(scene, zoned=False)
    child, child_scene = draw(documents_and_scenes(RULE_KINDS, own_scene, "drawn", zone))
    child["policy"]["extends"] = ["base"]
    for name in document.get("events", {}):
        if draw(sometimes(6)):
            child.setdefault("events", {})[name] = draw(
                selector_tables(attrs.evolve(child_scene, names=(), states=()), 1)
            )
    for name in document.get("states", {}):
        if draw(sometimes(6)):
            child.setdefault("states", {})[name] = draw(
                state_tables(attrs.evolve(child_scene, names=(), states=()))
            )
    for name in document["rules"]:
        if draw(sometimes(4)):
            changes: Table = {"severity": draw(st.sampled_from(("error", "warning", "info")))}
            if draw(st.booleans()):
                changes["exempt"] = draw(
                    selector_tables(attrs.evolve(child_scene, names=(), states=(), zoned=zone), 1)
                )
            child["rules"][name] = changes
    return tomli_w.dumps(document), tomli_w.dumps(child)


# --- histories -----------------------------------------------------------------------------------------


def mostly(value: object, other: st.SearchStrategy[Any], chance: int = 3) -> st.SearchStrategy[Any]:
    return sometimes(chance).flatmap(lambda rare: other if rare else st.just(value))


TOPICS: tuple[object, ...] = (
    "a",
    " b ",
    '["a","b"]',
    '["b", " a", "a", ""]',
    ["b", "E-Mail", "m1"],
    ("phone", "call"),
    [],
    "[]",
    "[a]",
    "a;b",
    ["a", 3],
    '["a", null]',
    '[["a"]]',
    "{}",
    3,
    True,
    "",
)
WANTED = (
    *WRITTEN_KINDS,
    *WRITTEN_CHANNELS,
    *MEDIA,
    *DIRECTIONS,
    *WRITTEN_OUTCOMES,
    *ACTORS,
    *PERSONS,
    "m1",
    "a",
)
ATTRIBUTES: st.SearchStrategy[Mapping[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "score": st.sampled_from(NUMBERS),
        "vip": st.sampled_from(BOOLEANS),
        "note": st.sampled_from(NOTES),
        "text": st.sampled_from(TEXTS),
        "body": st.sampled_from(TEXTS),
        "team": st.sampled_from(("t1", "t2")),
        "limit": st.sampled_from(NUMBERS),
        "asked": st.sampled_from(BOOLEANS),
        "wanted": st.sampled_from(WANTED),
        "topics": st.sampled_from(TOPICS),
    },
)
NO_ATTRIBUTES: Mapping[str, Any] = {}


@st.composite
def histories(draw: st.DrawFn, max_size: int = 10) -> list[Event]:
    """Draw events in the order of an input, most of them one person's."""
    anchors = draw(st.lists(st.sampled_from(ANCHORS), min_size=1, max_size=2))
    places = [from_wall(zone, *wall) for zone, wall in anchors]
    zones = [zone for zone, _ in anchors] + [draw(st.sampled_from(ZONES))]
    several = st.lists(st.sampled_from(zones), min_size=1, max_size=2).map(" ".join)
    event = st.builds(
        Event,
        person=mostly("p", st.sampled_from(PERSONS)),
        at=instants(places, zones),
        id=st.none() | st.sampled_from(("e1", "e2")) if draw(sometimes(4)) else st.none(),
        kind=st.sampled_from(WRITTEN_KINDS),
        channel=st.sampled_from(WRITTEN_CHANNELS),
        direction=mostly("outbound", st.sampled_from((*DIRECTIONS, "Outbound", "INBOUND"))),
        date_only=sometimes(6),
        outcome=mostly(None, st.sampled_from(WRITTEN_OUTCOMES), 2),
        actor=mostly(None, st.sampled_from(ACTORS)),
        matter=mostly((), st.lists(st.sampled_from(MATTERS), max_size=3).map(tuple), 2),
        timezone=mostly(None, several, 2),
        attributes=mostly(NO_ATTRIBUTES, ATTRIBUTES, 2),
    )
    size = draw(st.sampled_from((0, 1, 2, *(max_size // 2,) * 4, *(max_size,) * 8)))
    events = draw(st.lists(event, min_size=size, max_size=size))
    if draw(st.booleans()):
        callbacks = callback_texts(places, zones)
        events = [
            attrs.evolve(
                each, attributes={**each.attributes, "callback": draw(callbacks), "due": draw(callbacks)}
            )
            if draw(st.booleans())
            else each
            for each in events
        ]
    return events


@st.composite
def callback_texts(draw: st.DrawFn, places: Sequence[int], zones: Sequence[str]) -> str | int:
    """Draw an instant as logs write one: with an offset, as a local time, a date alone, or not at all.

    It may be whole microseconds, too.
    """
    instant = draw(instants(places, zones))
    moment = dt.datetime.fromtimestamp(instant // 1_000_000, dt.UTC).replace(microsecond=instant % 1_000_000)
    written: list[str | int] = [
        moment.isoformat(),
        moment.replace(tzinfo=None).isoformat(" "),
        moment.date().isoformat(),
        f" {moment.date().isoformat()} ",
        moment.strftime("%Y-%m-%d %H.%M"),
        moment.strftime("%Y-%m-%dT%H:%M.5Z"),
        "soon",
        instant,
    ]
    return draw(st.sampled_from(written))


# --- both, made for each other -------------------------------------------------------------------------


OPENINGS: tuple[list[Table], ...] = (
    [{"from": "09:00", "to": "17:00"}],
    [{"from": "22:00", "to": "06:00"}],
    [{"days": ["sat", "sun"], "from": "10:00", "to": "14:00"}, {"from": "08:00", "to": "12:30"}],
    [{"from": "00:00", "to": "24:00"}, {"days": ["mon"], "from": "23:00", "to": "01:00"}],
    [{"days": list(WEEKDAYS), "from": "02:30", "to": "10:00"}],
    [
        {"days": list(WEEKDAYS), "from": "00:15", "to": "02:30"},
        {"days": ["sun"], "from": "01:45", "to": "03:00"},
    ],
    [{"days": ["fri"], "from": "08:00", "to": "16:00"}, {"days": ["thu"], "from": "20:00", "to": "02:10"}],
    [{"days": ["fri"], "from": "21:00", "to": "05:00"}],
)
OPEN = (
    "1 business hour",
    "4 business hours",
    "20 business hours",
    "90 business minutes",
    "1 business second",
)


def opening_tables(tables: list[Table]) -> tuple[OpeningTable, ...]:
    """Return opening hours as a loaded policy has them."""
    return tuple(
        OpeningTable(
            table["from"], table["to"], tuple(map(DayName, table["days"])) if "days" in table else None
        )
        for table in tables
    )


def on_edge(span: str, zone: str, calendar: Calendar, instant: int) -> st.SearchStrategy[int]:
    """Draw an instant where a span from the given one ends, as a deadline or looking back, or near it."""
    ends = [instant, deadline_after(span, zone, calendar, instant)]
    ends += [day_begins(zone, local_day(zone, ends[1]) + days) for days in (0, 1)]
    ends += [day_begins(zone, local_day(zone, instant) + days) for days in (1, 2)]
    ends += [instant + HOUR // 2, instant + HOUR]
    return st.builds(operator.add, st.sampled_from(ends), st.sampled_from((0, 0, 1, -1)))


@st.composite
def edges(draw: st.DrawFn) -> tuple[str, list[Event]]:
    """Draw a rule with one span and plain selectors, and a history on that span's edges."""
    zone, wall = draw(st.sampled_from(ANCHORS))
    span = draw(st.sampled_from(ELAPSED + LOCAL + OPEN * 3))
    table = draw(calendar_tables())
    if span in OPEN:
        table["hours"] = draw(st.sampled_from(OPENINGS))
    calendar = Calendar(
        frozenset(table.get("dates", ())),
        frozenset(WEEKDAYS.index(day) for day in table.get("weekend", ("sat", "sun"))),
        WEEKDAYS.index(table.get("week-starts", "mon")),
        table.get("holidays"),
        opening_tables(table.get("hours", [])),
    )
    at = from_wall(zone, *wall) + draw(st.sampled_from((0, 0, 1, -1, HOUR // 2, HOUR, -HOUR, 9 * HOUR)))
    instants = [at]
    for _ in range(draw(st.integers(1, 4))):
        instants.append(draw(on_edge(span, zone, calendar, draw(st.sampled_from(instants)))))
    rule = draw(st.sampled_from(PLAIN_RULES))(span)
    if draw(sometimes(4)):
        rule["effective"] = draw(effective_tables())
    rules = {"plain": rule}
    if draw(st.booleans()):
        rules["other"] = draw(st.sampled_from(PLAIN_RULES))(draw(st.sampled_from(ELAPSED + LOCAL)))
    document = {
        "comity": 1,
        "policy": {
            "id": "drawn",
            "title": "Drawn",
            "version": "1",
            "timezone": zone,
            "calendar": "office",
        },
        "calendars": {"office": table},
        "rules": rules,
    }
    elsewhere = draw(mostly(None, st.sampled_from(ZONES), 4))
    event = st.builds(
        Event,
        person=st.just("p"),
        at=st.sampled_from(instants),
        kind=st.sampled_from(("call", "call", "visit", "over")),
        timezone=mostly(None, st.just(elsewhere), 4),
        date_only=sometimes(6),
    )
    events = [attrs.evolve(draw(event), at=instant) for instant in instants]
    return tomli_w.dumps(document), events


@st.composite
def own_edges(draw: st.DrawFn) -> tuple[str, list[Event]]:
    """Draw a rule with a span up to an instant of each event's own, and a history on these instants."""
    zone, wall = draw(st.sampled_from(ANCHORS))
    at = from_wall(zone, *wall)
    midnight_after = day_begins(zone, local_day(zone, at) + 1)
    instants = [at, at + HOUR, midnight_after - 1, midnight_after, midnight_after + DAY]
    own: Table = {"field": "callback"}
    if draw(st.booleans()):
        own["else"] = draw(st.sampled_from(("1h", "1 calendar day", "2d")))
    document = {
        "comity": 1,
        "policy": {"id": "drawn", "title": "Drawn", "version": "1", "timezone": zone},
        "attributes": {"callback": "instant"},
        "rules": {"own": draw(st.sampled_from(OWN_RULES))(own)},
    }
    day = dt.date.fromordinal(local_day(zone, at)).isoformat()
    texts = [format_instant(instant) for instant in instants] + [day, wall_text(zone, at + HOUR), "soon"]
    event = st.builds(
        Event,
        person=st.just("p"),
        at=st.sampled_from(instants),
        kind=st.sampled_from(("call", "visit", "visit", "over")),
        timezone=mostly(None, st.sampled_from(ZONES), 5),
        attributes=st.sampled_from(texts).map(lambda text: {"callback": text}) | st.just(NO_ATTRIBUTES),
    )
    return tomli_w.dumps(document), draw(st.lists(event, min_size=2, max_size=6))


def wall_text(zone: str, instant: int) -> str:
    """Write an instant as a local time without an offset."""
    return wall_clock(zone, instant).isoformat()


CALL, VISIT, OVER = {"kind": "call"}, {"kind": "visit"}, {"kind": "over"}
OWN_RULES: tuple[Callable[[Table], Table], ...] = (
    lambda own: {"kind": "minimum-gap", "contact": CALL, "since": VISIT, "gap": own, "until": OVER},
    lambda own: {"kind": "stop-after", "contact": CALL, "after": VISIT, "for": own},
    lambda own: {"kind": "requires", "contact": CALL, "event": VISIT, "in-last": own, "until": OVER},
    lambda own: {
        "kind": "requires",
        "contact": CALL,
        "any": [{"event": VISIT, "in-last": own}, {"event": OVER, "in-last": "1h"}],
    },
    lambda own: {"kind": "response-window", "after": VISIT, "expect": CALL, "within": own, "unless": OVER},
    lambda own: {
        "kind": "forbidden",
        "contact": {**CALL, "preceded-by": {"event": VISIT, "in-last": own, "until": OVER}},
    },
)
PLAIN_RULES: tuple[Callable[[str], Table], ...] = (
    lambda span: {"kind": "minimum-gap", "contact": CALL, "gap": span},
    lambda span: {"kind": "minimum-gap", "contact": {}, "since": VISIT, "gap": span, "until": OVER},
    lambda span: {"kind": "maximum-contacts", "contact": CALL, "limit": 1, "window": span},
    lambda span: {"kind": "maximum-contacts", "contact": {}, "limit": 2, "window": span, "restart": OVER},
    lambda span: {"kind": "stop-after", "contact": CALL, "after": {}, "for": span, "until": OVER},
    lambda span: {"kind": "stop-after", "contact": CALL, "after": {}, "honour-within": span},
    lambda span: {
        "kind": "stop-after",
        "contact": CALL,
        "after": VISIT,
        "honour-within": span,
        "for": "10 calendar days",
    },
    lambda span: {"kind": "requires", "contact": CALL, "event": VISIT, "in-last": span},
    lambda span: {"kind": "requires", "contact": {}, "event": CALL, "in-last": span, "until": OVER},
    lambda span: {
        "kind": "requires",
        "contact": CALL,
        "event": {},
        "at-least": 2,
        "distinct": "day",
        "in-last": span,
        "until": OVER,
    },
    lambda span: {
        "kind": "requires",
        "contact": CALL,
        "any": [
            {"event": VISIT, "at-least": 2, "in-last": span},
            {"event": {}, "at-least": 2, "distinct": "kind", "in-last": span},
        ],
    },
    lambda span: {"kind": "response-window", "after": CALL, "expect": VISIT, "within": span},
    lambda span: {"kind": "response-window", "after": {}, "expect": {}, "within": span, "unless": OVER},
    lambda span: {"kind": "forbidden", "contact": {"preceded-by": {"event": CALL, "in-last": span}}},
    lambda span: {
        "kind": "forbidden",
        "contact": {"preceded-by": {"event": {}, "in-last": span, "until": OVER, "at-least": 2}},
    },
    lambda span: {
        "kind": "forbidden",
        "contact": {"preceded-by": {"event": {}, "in-last": span, "at-least": 2, "distinct": "day"}},
    },
    lambda span: {"kind": "contact-hours", "contact": {}, "allow": [{"from": "22:00", "to": "01:30"}]},
    lambda span: {
        "kind": "contact-hours",
        "contact": {},
        "deny": [{"days": ["sat", "sun"], "to": "23:30", "holidays": "exclude"}],
    },
)
