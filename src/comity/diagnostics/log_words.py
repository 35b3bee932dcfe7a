"""The words of a log and those of a policy: what the events have, and which selectors they pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from comity.errors import suggest
from comity.events.census import Census
from comity.events.channels.channel import Channels
from comity.events.fields import fold
from comity.plan.selector_words import OUTBOUND, SelectorWords
from comity.plan.selectors import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    Like,
    Not,
    OneOf,
    Preceded,
    Selector,
    all_of,
    any_of,
    fields_of,
    negate,
    over_parts,
    simplify,
    walk,
)
from comity.plan.values import field_test
from comity.texts.spelling import near

WORDS = ("kind", "channel", "medium", "direction", "outcome")
"""The fields whose words a census has."""
_BLAMED = ("kind", "medium", "channel", "outcome", "direction")
_MOST_SHOWN = 6
_MOST_SAID = 40
"""The most tests to write out in a message; selectors that name others twice would fill books."""
_SAID = SelectorWords({})


class LogWords:
    """The words of a census, in the canonical form that selectors use."""

    def __init__(self, census: Census, channels: Channels) -> None:
        self.whole = census.whole
        self._counts: list[tuple[dict[str, str | None], int]] = []
        self.spelled: dict[str, dict[str, Counter[str]]] = {name: {} for name in WORDS}
        """By field and canonical word, how it is written and how often."""
        self._passing: dict[Selector, int] = {}
        for (kind, channel, direction, outcome), count in census.signatures.items():
            name = channels.name(channel)
            medium = channels.medium(name)
            known = {
                "kind": fold(kind),
                "channel": name,
                "medium": medium,
                "direction": fold(direction),
                "outcome": None if outcome is None else fold(outcome),
            }
            self._counts.append((known, count))
            written = {"kind": kind, "channel": channel, "direction": direction, "outcome": outcome}
            for field, word in known.items():
                if word is not None:
                    text = (written.get(field) or word).strip()
                    self.spelled[field].setdefault(word, Counter())[text] += count

    def passing(self, selector: Selector) -> int:
        """Count the events that pass a selector, or may pass it, as far as these words show."""
        if selector not in self._passing:  # rules share their selectors
            passing = (count for known, count in self._counts if _decide(selector, known) != NEVER)
            self._passing[selector] = sum(passing)
        return self._passing[selector]

    def settles(self, selector: Selector) -> bool:
        """Return whether these words alone decide which events pass a selector."""
        return all(_decide(selector, known) in (ALWAYS, NEVER) for known, _ in self._counts)

    def words(self, field: str, passing: Selector = ALWAYS) -> Counter[str]:
        """Return the words of a field as they are written, in the events that pass a selector."""
        found: Counter[str] = Counter()
        for known, count in self._counts:
            word = known[field]
            if word is not None and _decide(passing, known) != NEVER:
                found[self.spelling(field, word)] += count
        return found

    def spelling(self, field: str, word: str) -> str:
        """Return a canonical word as the log writes it most often."""
        counts = self.spelled[field][word]
        return min(counts, key=lambda text: (-counts[text], text))


def _decide(selector: Selector, known: Mapping[str, str | None]) -> Selector:
    """Replace the tests that an event's words decide, patterns included, and keep the rest."""

    def decide(part: Selector, of: Callable[[Selector], Selector]) -> Selector:
        match part:
            case Like(field=field) if field.name in known and not field.attribute:
                word = known[field.name]
                return ALWAYS if field_test(part)(() if word is None else (word,)) else NEVER
            case Not(selector=inner):
                return negate(of(inner))
            case AllOf(selectors=parts):
                return all_of(*map(of, parts))
            case AnyOf(selectors=parts):
                return any_of(*map(of, parts))
            case _:
                return simplify(part, known)

    return over_parts(selector, decide)


def conjuncts(selector: Selector) -> tuple[Selector, ...]:
    """Return the tests that must all be passed, one by one."""
    found, waiting, seen = [], [selector], set[Selector]()
    while waiting:
        part = waiting.pop()
        if part in seen:
            continue
        seen.add(part)
        match part:
            case AllOf(selectors=parts):
                waiting.extend(reversed(parts))
            case Not(selector=AnyOf(selectors=parts)):
                waiting.extend(negate(each) for each in reversed(parts))
            case _:
                found.append(part)
    return tuple(found)


def names_in(selector: Selector) -> list[str]:
    """Return the names of the fields that a selector tests in the event itself, each once."""
    return list(dict.fromkeys(field.name for field in fields_of(selector)))


def described(part: Selector) -> str:
    r"""Say what a test asks of an event: `the kind \`call\``."""
    if isinstance(part, OneOf) and not part.field.attribute and part.field.name in WORDS:
        values = " or ".join(f"`{value}`" for value in sorted(map(str, part.written or part.values)))
        return f"the {part.field.name} {values}" + (" (or another word for it)" if part.written else "")
    if _size(part) > _MOST_SAID:
        return "all that its selector asks for"
    return _SAID.selector(part)


def _size(selector: Selector) -> int:
    """Count the tests of a selector when it is written out."""

    def size(part: Selector, of: Callable[[Selector], int]) -> int:
        return sum(map(of, part.parts())) if isinstance(part, Not | AllOf | AnyOf) else 1

    return over_parts(selector, size)


def asked_words(selectors: Iterable[Selector]) -> dict[str, frozenset[str]]:
    """Return the words that selectors ask for, by field."""
    found: dict[str, set[str]] = {name: set() for name in WORDS}
    for selector in selectors:
        for part in walk(selector):
            if isinstance(part, OneOf) and not part.field.attribute and part.field.name in WORDS:
                found[part.field.name].update(map(str, part.values))
    return {name: frozenset(values) for name, values in found.items()}


def listed(counts: Mapping[str, int]) -> str:
    """List words with their counts, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = ", ".join(f"`{word}` ({count:,})" for word, count in ordered[:_MOST_SHOWN])
    more = len(ordered) - _MOST_SHOWN
    return shown + (f" and {more:,} more" if more > 0 else "") if ordered else "none"


def advice(
    part: Selector, words: LogWords, absent: frozenset[str], asked: Mapping[str, frozenset[str]]
) -> str | None:
    """Say what was probably meant by a test that no event passes.

    `absent` are the fields without a column. `asked` are the words that the policies use, by field.
    """
    if part == OUTBOUND and words.spelled["direction"]:
        return "contacts are outbound events, unless they test `direction` themselves"
    for field in names_in(part):
        column = "channel" if field == "medium" else field
        if column in absent:
            return f"the log has no column `{column}`: name the right one with --map {column}=COLUMN"
    if not isinstance(part, OneOf) or part.field.attribute or part.field.name not in WORDS:
        return None
    field = part.field.name
    for value in sorted(map(str, part.values)):
        if help := _meant(field, value, words, asked.get(field, frozenset())):
            return help
    return None


def _meant(field: str, value: str, words: LogWords, asked: frozenset[str]) -> str | None:
    known = words.spelled[field]
    if value in known:
        return None
    for sign in (",", ";", "|"):
        pieces = [piece.strip("- ") for piece in value.split(sign)]
        if len(pieces) > 1 and any(piece in known for piece in pieces):
            items = ", ".join(f'"{piece}"' for piece in pieces)
            return f"several values are a list, `{field} = [{items}]`"
    if "*" in value or "?" in value:
        return f'a pattern is written `{field} = {{ like = "{value}" }}`'
    # A word that the policies know may be alike and mean another thing, as `opt-in` and `opt-out` do.
    alike = suggest(value, [word for word in known if word not in asked])
    slip = near(value, known)
    if slip or alike:
        return f"did you mean `{slip}`?" if slip else alike
    for other in WORDS:
        if other != field and value in words.spelled[other]:
            return f'`{value}` is a {other} of the log: `{other} = "{value}"`'
    return None


def dead_parts(selector: Selector, words: LogWords) -> list[Selector]:
    """Return the tests that no event passes, each of them alone."""
    return [part for part in conjuncts(selector) if not words.passing(part)]


def without(parts: Iterable[Selector], left_out: Selector) -> Selector:
    """Join all tests except one."""
    return AllOf(tuple(part for part in parts if part != left_out))


def unheard(selector: Selector, words: LogWords) -> tuple[str, Selector]:
    """Say which test of a selector no event passes; no event passes the selector by its words.

    The second value is the test that is most probably wrong.
    """
    parts = conjuncts(selector)
    dead = dead_parts(selector, words)
    if dead:
        said = " and ".join(f"no event has {described(part)}" for part in dead)
        shown = "; ".join(_instead(part, words, ALWAYS) for part in dead)
        return f"{said} ({shown})", dead[0]
    blame = max(parts, key=lambda part: (words.passing(without(parts, part)) > 0, _blamed(part)))
    rest = without(parts, blame)
    together = " and ".join(described(part) for part in parts if part != OUTBOUND or blame == OUTBOUND)
    left = words.passing(rest)
    if not left:
        return f"no event has {together}", blame
    return (
        f"no event has {together} (its other tests leave {left:,}: {_instead(blame, words, rest)})",
        blame,
    )


def _blamed(part: Selector) -> int:
    """Rank a test by how probably it is wrong; the kind of an event ranks last."""
    ranks = [_BLAMED.index(field) for field in names_in(part) if field in _BLAMED]
    return min(ranks, default=len(_BLAMED))


def _instead(part: Selector, words: LogWords, among: Selector) -> str:
    """Say what the events have instead of what a test asks for."""
    fields = [field for field in names_in(part) if field in WORDS]
    plural = {"medium": "media"}
    return "; ".join(
        f"the {plural.get(field, f'{field}s')} are {listed(words.words(field, among))}" for field in fields
    )


def lookbacks_in(selector: Selector) -> Iterator[Preceded]:
    """Yield the look-backs of a selector."""
    for part in walk(selector):
        if isinstance(part, Preceded):
            yield part
