"""A policy file with everything that it extends merged in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, Final

import attrs

from comity.documents import Document, Fault, Origin, Path, key_of
from comity.errors import Problem
from comity.policy.compose.equivalence import looks_back, same_toml
from comity.policy.model import Metadata, RuleCommon, Settings
from comity.records import define, frozen

SECTIONS: Final = ("attributes", "events", "states", "calendars", "rules")
_WORDS: Final = ("title", "because", "references")
_NUMBER: Final = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundred|half|once|twice"
    r"|daily|weekly|monthly|hour|day|week|month|quarter|year)\b",
    re.IGNORECASE,
)
"""What a title has that speaks of a limit."""
_COMMON: Final = frozenset(key_of(field.name) for field in attrs.fields(RuleCommon))
"""The keys that rules of all kinds have: the others say what a rule requires."""


@frozen
class NamedTable:
    """One named table of a section, and the places where its keys are written."""

    value: Any
    origin: Origin
    keys: Mapping[str, Origin] = attrs.field(factory=dict)
    settings: Settings | None = None
    """The settings of the extended policy that it comes from; None for the file's own."""
    own: frozenset[str] | None = frozenset()
    """The keys that the file itself writes; None if it writes none."""
    changed: tuple[str, ...] = ()
    """The keys by which an inherited rule requires something else than its `outdated` words say."""
    outdated: tuple[str, ...] = ()
    """The words for people that are older than what the rule requires."""

    def same_as(self, other: NamedTable, section: str) -> bool:
        """Return whether two extended policies mean the same by a name."""
        if not same_toml(self.value, other.value):
            return False
        looks = section in ("rules", "states") or looks_back(self.value)
        return self.settings == other.settings or not looks

    def merged_into(self, base: NamedTable) -> NamedTable:
        """Return the inherited rule `base` with the keys of this one in place of its own."""
        asked = [key for key, value in self.value.items() if key not in _COMMON]
        changed = [key for key in asked if not same_toml(self.value[key], base.value.get(key))]
        words = [key for key in _WORDS if key in base.value] if changed else base.outdated
        outdated = tuple(key for key in words if key not in self.value)
        if "because" in self.value and not _NUMBER.search(str(base.value.get("title", ""))):
            outdated = tuple(key for key in outdated if key != "title")
        return NamedTable(
            {**base.value, **self.value},
            base.origin,
            {**base.keys, **self.keys},
            base.settings,
            self.own,
            tuple(dict.fromkeys((*base.changed, *changed))) if outdated else (),
            outdated,
        )


@define
class Composed:
    """A file's sections with everything that it extends merged in, and the faults that were found."""

    document: Document
    meta: Metadata
    sections: dict[str, dict[str, NamedTable]]
    problems: list[Problem]
    industries: list[str] = attrs.field(factory=list)
    """The industries that the file and what it extends name, its own first; at the end only known ones."""
    replaced: dict[tuple[str, str], NamedTable] = attrs.field(factory=dict)
    """Inherited selectors, states, calendars and attributes that the file replaces with its own."""
    files: list[FilePath] = attrs.field(factory=list)
    """The files that it is read from, its own first."""
    height: int = 0
    """The number of policies in the longest chain of `extends` below it."""

    def locate(self, path: Path) -> Origin:
        """Return the document in which the value at a path is written, and the path there."""
        if len(path) >= 2 and path[0] in self.sections:
            named = self.sections[str(path[0])].get(str(path[1]))
            if named is not None:
                document, base = named.keys.get(str(path[2]), named.origin) if len(path) > 2 else named.origin
                rest = path[3:] if len(path) > 2 and str(path[2]) in named.keys else path[2:]
                return document, (*base, *rest)
        return self.document, path

    def report(self, fault: Fault) -> None:
        """Add a fault of the file, with its place."""
        place = self.document.place(fault.path, of_key=fault.of_key)
        self.problems.append(Problem(fault.code, fault.message, place, fault.path, fault.help))
