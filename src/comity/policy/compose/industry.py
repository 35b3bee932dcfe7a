"""Industries: words, selectors, calendars and defaults that policies of one industry share, as TOML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any, Final, NewType

import attrs

from comity.documents import Document, Fault, Faults, exactly, load_document, structure
from comity.errors import one_of
from comity.events.fields import fold
from comity.plan.plan import Severity
from comity.policy.compose.search import inside
from comity.policy.language.converter import policy_converter
from comity.policy.model import AttributeType, CalendarTable, Reference, Settings
from comity.policy.types import FieldName, PolicyId, SelectorRef, StateTable, ZoneName
from comity.records import frozen

NAMED: Final = ("attributes", "events", "states", "calendars")
"""The sections that an industry shares with a policy."""
SHARED: Final = {"contact": FilePath(__file__).with_name("contact_words.toml")}
"""Words that industries may share, by the name that `words` of `[industry]` gives them."""
RuleDefaults = NewType("RuleDefaults", dict[str, Any])
"""Keys of rules, as policies write them; they are checked in the rules that get them."""


@frozen
class Word:
    """A kind of event or an outcome of an industry, and its other names in logs."""

    title: str = ""
    aliases: tuple[str, ...] = ()


@frozen
class IndustryMetadata:
    """The table `[industry]`."""

    id: PolicyId
    title: str
    policies: str | None = None
    """A folder of policies, relative to the file."""
    words: str | None = None
    """Words that it shares with others: a key of `SHARED`."""
    references: tuple[Reference, ...] = ()


@frozen
class Defaults:
    """Defaults for policies of the industry, and for their rules."""

    per: tuple[FieldName, ...] | None = None
    timezone: ZoneName | None = None
    calendar: str | None = None
    severity: Severity | None = None
    rules: dict[str, RuleDefaults] = attrs.field(factory=dict)
    """Keys of the rules of a kind."""


@frozen
class IndustryTables:
    """An industry's file as it is written."""

    comity: int
    industry: IndustryMetadata
    kinds: dict[str, Word] = attrs.field(factory=dict)
    outcomes: dict[str, Word] = attrs.field(factory=dict)
    attributes: dict[str, AttributeType] = attrs.field(factory=dict)
    events: dict[str, SelectorRef] = attrs.field(factory=dict)
    states: dict[str, StateTable] = attrs.field(factory=dict)
    calendars: dict[str, CalendarTable] = attrs.field(factory=dict)
    defaults: Defaults = Defaults()


@frozen(eq=False)
class Industry:
    """An industry: `load_industry` reads it from a TOML file."""

    tables: IndustryTables
    document: Document
    synonyms: Mapping[tuple[str, str], frozenset[str]]
    """For a field (`kind` or `outcome`) and a folded value, all values with the same meaning."""

    @property
    def id(self) -> str:
        """The word that policies use for the industry."""
        return self.tables.industry.id

    @property
    def documents(self) -> tuple[Document, ...]:
        """The files whose selectors and attributes its policies have: its own before shared ones."""
        words = self.tables.industry.words
        shared = self.document if words is None else shared_words(words).document
        return (self.document,) if shared is self.document else (self.document, shared)

    @property
    def folder(self) -> FilePath | None:
        """The folder of its policies; None if it has none."""
        policies = self.tables.industry.policies
        if policies is None or self.document.path is None:
            return None
        return self.document.path.parent / policies

    @property
    def settings(self) -> Settings:
        """The settings of its policies if they set nothing else."""
        given = self.tables.defaults
        origin = {
            name: (self.document, ("defaults", name))
            for name in ("timezone", "calendar", "per")
            if getattr(given, name) is not None
        }
        return Settings(given.timezone, given.calendar, given.per, origin=origin)

    def rule_defaults(self, kind: str) -> Mapping[str, tuple[object, tuple[str, ...]]]:
        """Return the default keys of rules of a kind, with their values and where these are written."""
        own: Mapping[str, object] = self.tables.defaults.rules.get(kind, {})
        found: dict[str, tuple[object, tuple[str, ...]]] = {
            key: (value, ("defaults", "rules", kind, key)) for key, value in own.items()
        }
        if self.tables.defaults.severity is not None:
            found.setdefault("severity", (self.tables.defaults.severity, ("defaults", "severity")))
        return found

    def same(self, field: str, value: str) -> frozenset[str]:
        """Return all folded values with the same meaning as one."""
        return self.synonyms.get((field, value), frozenset((value,)))


def load_industry(path: str | FilePath) -> Industry:
    """Read an industry from its TOML file; raises PolicyError with every fault, and OSError."""
    return industry_of(load_document(FilePath(path)), ())


def industry_of(document: Document, others: tuple[str, ...]) -> Industry:
    """Read an industry from a document; `others` are the names of tables that do not belong to it."""
    data = {key: value for key, value in document.data.items() if key not in others}
    converter = policy_converter()
    converter.register_structure_hook(RuleDefaults, lambda value, _: exactly(value, dict))
    hook = converter.get_structure_hook(IndustryTables)

    def checked(value: object, kind: type[Any]) -> IndustryTables:
        made: IndustryTables = hook(value, kind)
        if faults := list(_faults(made, document)):
            raise Faults(faults)
        return made

    converter.register_structure_hook(IndustryTables, checked)
    tables = structure(converter, data, IndustryTables, lambda path: (document, path))
    shared = tables.industry.words
    return Industry(
        tables, document, _synonyms(tables, None if shared is None else shared_words(shared).tables)
    )


@cache
def shared_words(name: str) -> Industry:
    """Read words that industries share, by a key of `SHARED`."""
    return load_industry(SHARED[name])


def industries_with(
    words: str, titles: Mapping[str, str], own: Mapping[str, Mapping[str, Word]]
) -> list[Industry]:
    """Make industries, by id and title, that have words that they share, and a few kinds of their own."""
    shared = shared_words(words)
    found = []
    for name, title in titles.items():
        kinds = dict(own.get(name, {}))
        tables = IndustryTables(1, IndustryMetadata(PolicyId(name), title, words=words), kinds)
        synonyms = _synonyms(tables, shared.tables)
        tables = attrs.evolve(tables, kinds={**shared.tables.kinds, **kinds}, events=shared.tables.events)
        found.append(Industry(tables, shared.document, synonyms))
    return found


def _synonyms(tables: IndustryTables, shared: IndustryTables | None) -> dict[tuple[str, str], frozenset[str]]:
    """Return for each field and word all that mean the same; a file's own words go before those it shares."""
    synonyms: dict[tuple[str, str], frozenset[str]] = {}
    for field, own in (("kind", tables.kinds), ("outcome", tables.outcomes)):
        groups = {fold(name): {fold(name), *map(fold, word.aliases)} for name, word in own.items()}
        taken = {text: name for name, group in groups.items() for text in group}
        common = {} if shared is None else shared.kinds if field == "kind" else shared.outcomes
        for name, word in common.items():
            group = groups.setdefault(taken.get(fold(name), fold(name)), set())
            group |= {text for text in map(fold, (name, *word.aliases)) if text not in taken}
        for group in groups.values():
            synonyms |= {(field, text): frozenset(group) for text in group}
    return synonyms


def _faults(tables: IndustryTables, document: Document) -> Iterator[Fault]:
    if tables.comity != 1:
        message = f"language version `{tables.comity}` is not known"
        yield Fault("version", message, "comity", help="write `comity = 1`")
    for section, words in (("kinds", tables.kinds), ("outcomes", tables.outcomes)):
        owner: dict[str, str] = {}
        for name, word in words.items():
            for text in (name, *word.aliases):
                other = owner.setdefault(fold(text), name)
                if other != name:
                    message = f"`{text}` means `{other}` already"
                    yield Fault("conflict", message, section, name, *(() if text == name else ("aliases",)))
    if tables.industry.words not in (None, *SHARED):
        message = f"there are no words called `{tables.industry.words}`"
        yield Fault("bad-value", message, "industry", "words", help=f"allowed are {one_of(SHARED)}")
    policies = tables.industry.policies
    if policies is not None and document.path is not None:
        folder = document.path.parent / policies
        if not folder.is_dir() or not inside(folder, document.path.parent):
            yield Fault(
                "bad-value", f"there is no folder `{policies}` beside the file", "industry", "policies"
            )
