"""Composition: merging the tables of a policy file with those of the policies that it extends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path as FilePath
from typing import Any

import attrs
import cattrs

from comity.budgets import Deadline, PolicyBudgets
from comity.documents import Document, Fault, Path, faults_of, load_document, unknown_key
from comity.errors import PolicyError, Problem, suggest
from comity.policy.compose.equivalence import looks_back, same_toml
from comity.policy.compose.faults import check_effective, clash, report_under, under, wrong_type_at
from comity.policy.compose.search import SearchPath, inside, looks_like_path
from comity.policy.language.characters import character_faults
from comity.policy.model import Metadata, Settings, settings_of
from comity.policy.types import PolicyId, Required, ZoneName
from comity.requirements import LeftOut, in_use, unmet

SECTIONS = ("attributes", "events", "calendars", "rules")
_TOP = ("comity", "requires", "policy", *SECTIONS)
DEEPEST = 16
"""How many policies may stand in one chain of `extends` below a file."""
Origin = tuple[Document, Path]
UNKNOWN = Metadata(PolicyId("unknown"), "", "", timezone=ZoneName("UTC"))
"""Stands in for metadata that have faults, reported already."""


@attrs.frozen
class Piece:
    """One named table of a section, with where each of its keys was written."""

    value: Any
    origin: Origin
    keys: Mapping[str, Origin] = attrs.field(factory=dict)
    settings: Settings | None = None
    """Those of the extended policy that it comes from; None for the file's own."""
    own: frozenset[str] | None = frozenset()
    """The keys that the file itself wrote; None where it wrote nothing of it."""

    def same_as(self, other: Piece, section: str) -> bool:
        """Return whether two extended policies mean the same by a name."""
        if not same_toml(self.value, other.value):
            return False
        return self.settings == other.settings or not (section == "rules" or looks_back(self.value))


@attrs.define
class Composed:
    """A file's sections with all that it extends merged in, and the faults met on the way."""

    document: Document
    meta: Metadata
    sections: dict[str, dict[str, Piece]]
    problems: list[Problem]
    industries: list[str] = attrs.field(factory=list)
    """Those that it and what it extends name, its own first; in the end, those that are known."""
    replaced: dict[tuple[str, str], Piece] = attrs.field(factory=dict)
    """Inherited selectors, calendars and attributes that the file itself defines anew."""
    files: list[FilePath] = attrs.field(factory=list)
    """The files that it was read from, its own first."""
    height: int = 0
    """How many policies stand in the longest chain of `extends` below it."""

    def locate(self, path: Path) -> Origin:
        """Return the document that the value at a path was written in, and the path there."""
        if len(path) >= 2 and path[0] in self.sections:
            piece = self.sections[str(path[0])].get(str(path[1]))
            if piece is not None:
                document, base = piece.keys.get(str(path[2]), piece.origin) if len(path) > 2 else piece.origin
                rest = path[3:] if len(path) > 2 and str(path[2]) in piece.keys else path[2:]
                return document, (*base, *rest)
        return self.document, path


class Composer:
    """Reads a file and what it extends."""

    def __init__(
        self,
        search: SearchPath,
        converter: cattrs.Converter,
        industries: Collection[str],
        left_out: LeftOut = in_use,
        *,
        budgets: PolicyBudgets,
        deadline: Deadline,
    ) -> None:
        """Take where policies are found, and the industries that are known: others mean nothing.

        `left_out` says why an installed plugin that a policy requires is not in use.
        """
        self._budgets = budgets
        self._deadline = deadline
        self._search = search
        self._converter = converter
        self._industries = industries
        self._left_out = left_out
        self._known: dict[FilePath, Composed] = {}
        """The extended policies that are composed already: several may extend one."""

    def compose(self, document: Document, chain: tuple[str, ...] = ()) -> Composed:
        """Merge a document with the policies that it extends."""
        made = Composed(document, UNKNOWN, {section: {} for section in SECTIONS}, [])
        report = _Reporter(made)
        data = document.data
        made.files += [] if document.path is None else [document.path]
        for fault in character_faults(data):
            report(fault)
        for key in data:
            if key not in _TOP:
                report(unknown_key(key, _TOP))
        self._version(data, report)
        self._metadata(data, made, report)
        if "requires" in data:
            self._required(data, made, report)
        if made.meta.industry is not None:
            made.industries.append(made.meta.industry)
        own = self._own_sections(document, report)
        inherited = self._inherited(made, chain, own, report)
        for section in SECTIONS:
            for name, piece in inherited[section].items():
                made.sections[section].setdefault(name, piece)
            for name, piece in own[section].items():
                base = inherited[section].get(name)
                if base is not None and section != "rules":
                    made.replaced[section, name] = base
                made.sections[section][name] = _merge(base, piece) if section == "rules" and base else piece
        return made

    def _version(self, data: Mapping[str, Any], report: Callable[[Fault], None]) -> None:
        if "comity" not in data:
            report(Fault("missing-key", "`comity` is missing", help="write `comity = 1` as the first line"))
        elif type(data["comity"]) is not int:
            report(wrong_type_at(data["comity"], "the language version", "comity"))
        elif data["comity"] != 1:
            report(
                Fault(
                    "bad-value",
                    f"language version `{data['comity']}` is not known",
                    "comity",
                    help="this comity reads version 1",
                )
            )

    def _metadata(self, data: Mapping[str, Any], made: Composed, report: Callable[[Fault], None]) -> None:
        if "policy" not in data:
            report(
                Fault(
                    "missing-key",
                    "the table `[policy]` is missing",
                    help="it needs at least `id`, `title` and `version`",
                )
            )
            return
        try:
            made.meta = self._converter.structure(data["policy"], Metadata)
        except Exception as error:
            faults = list(faults_of(error))
            for fault in faults:
                report(under(fault, "policy"))
            made.meta = self._salvage(data["policy"], faults)
            return
        self._check_installed(made.meta.requires, report, "policy", "requires")
        effective = made.meta.effective
        if effective is not None:
            for fault in check_effective(effective):
                report(under(fault, "policy", "effective"))

    def _required(self, data: Mapping[str, Any], made: Composed, report: Callable[[Fault], None]) -> None:
        """Read `requires` where it stands at the top, as in a mapping."""
        try:
            required = self._converter.structure(data["requires"], tuple[Required, ...])
        except Exception as error:
            for fault in faults_of(error):
                report(under(fault, "requires"))
            return
        self._check_installed(required, report, "requires")
        made.meta = attrs.evolve(made.meta, requires=(*made.meta.requires, *required))

    def _check_installed(self, required: Iterable[str], report: Callable[[Fault], None], *path: str) -> None:
        for index, each in enumerate(required):
            if found := unmet(each, self._left_out):
                message, advice = found
                report(Fault("not-installed", message, *path, index, help=advice))

    def _salvage(self, table: Any, faults: list[Fault]) -> Metadata:
        """Make do with the metadata that are right, so that faults elsewhere are found, too."""
        if not isinstance(table, dict):
            return UNKNOWN
        broken = {fault.path[0] for fault in faults if fault.path}
        filled = {"id": UNKNOWN.id, "title": "", "version": ""}
        filled |= {key: value for key, value in table.items() if key not in broken}
        meta = self._converter.structure(filled, Metadata)
        return attrs.evolve(meta, timezone=UNKNOWN.timezone) if "timezone" in broken else meta

    def _own_sections(
        self, document: Document, report: Callable[[Fault], None]
    ) -> dict[str, dict[str, Piece]]:
        own: dict[str, dict[str, Piece]] = {}
        for section in SECTIONS:
            tables = document.data.get(section, {})
            if not isinstance(tables, dict):
                report(wrong_type_at(tables, "a table", section))
                tables = {}
            own[section] = {}
            for name, value in tables.items():
                path = (section, name)
                if section != "attributes" and not isinstance(value, dict):
                    report(wrong_type_at(value, "a table", *path))
                    continue
                keys = {key: (document, (*path, key)) for key in value} if isinstance(value, dict) else {}
                own[section][name] = Piece(value, (document, path), keys, None, frozenset(keys))
        return own

    def _inherited(
        self,
        made: Composed,
        chain: tuple[str, ...],
        own: Mapping[str, Mapping[str, Piece]],
        report: Callable[[Fault], None],
    ) -> dict[str, dict[str, Piece]]:
        inherited: dict[str, dict[str, Piece]] = {section: {} for section in SECTIONS}
        clashing: set[tuple[str, str]] = set()
        # Where the file itself, the last of all, writes what others leave out, is not noted: it is its own.
        settings = self._settings(made.meta, made.document if chain else None)
        chain = (*chain, made.meta.id)
        for index, target in enumerate(made.meta.extends):
            base = self._base(made, target, chain, partial(report_under, report, index))
            if base is None:
                continue
            made.industries += [name for name in base.industries if name not in made.industries]
            made.files += [path for path in base.files if path not in made.files]
            made.height = max(made.height, base.height + 1)
            origin = self._settings(base.meta, base.document)
            for section in SECTIONS:
                for name, piece in base.sections[section].items():
                    mine = attrs.evolve(piece, settings=(piece.settings or origin).within(settings), own=None)
                    other = inherited[section].setdefault(name, mine)
                    if not other.same_as(mine, section):
                        clashing.add((section, name))
                        if name not in own[section]:
                            report(clash(section, name, index))
        for section, name in clashing:
            dropped = inherited[section].pop(name)
            if section != "rules":
                made.replaced[section, name] = dropped
        return inherited

    def _settings(self, meta: Metadata, document: Document | None = None) -> Settings:
        settings = settings_of(meta, document)
        return settings if settings.industry in self._industries else attrs.evolve(settings, industry=None)

    def _base(
        self, made: Composed, target: str, chain: tuple[str, ...], report: Callable[[Fault], None]
    ) -> Composed | None:
        found = self._find(made.document, target)
        if isinstance(found, Fault):
            report(found)
            return None
        self._deadline.check()
        known = self._known.get(found)
        if known is not None:
            if len(chain) + known.height > DEEPEST:
                report(_too_deep())
                return None
            return known
        try:
            document = load_document(found, self._budgets)
        except PolicyError as error:
            made.problems.extend(error.problems)
            return None
        except OSError as error:
            report(Fault("unknown-policy", f"`{target}` cannot be read: {error.strerror or error}"))
            return None
        policy = document.data.get("policy")
        base_id = policy.get("id") if isinstance(policy, dict) else None
        if base_id in chain:
            circle = " → ".join(f"`{name}`" for name in (*chain[chain.index(base_id) :], base_id))
            report(Fault("cycle", f"policies extend each other in a circle: {circle}"))
            return None
        if len(chain) > DEEPEST:
            report(_too_deep())
            return None
        base = self._known[found] = self.compose(document, chain)
        made.problems.extend(p for p in base.problems if p not in made.problems)
        return base

    def _find(self, document: Document, target: str) -> FilePath | Fault:
        if looks_like_path(target):
            if document.path is None:
                return Fault("outside-folder", f"`{target}` is a path, and this policy is not in a file")
            folder = document.path.parent
            path = folder / target
            if FilePath(target).is_absolute() or not inside(path, folder):
                return Fault(
                    "outside-folder",
                    f"`{target}` leaves the folder of this file",
                    help="a path in `extends` stays inside the folder of the file; elsewhere use an id",
                )
            return path if path.is_file() else Fault("unknown-policy", f"there is no file `{target}`")
        found = self._search.find(target)
        if found is not None:
            return found
        known = self._search.ids()
        near = suggest(target, known)
        return Fault(
            "unknown-policy",
            f"no policy has the id `{target}`",
            help=near or "give its folder with `--policy-path`",
        )


def _too_deep() -> Fault:
    return Fault("too-deep", f"a chain of `extends` is deeper than {DEEPEST}")


class _Reporter:
    """Adds faults to a composition as problems with places."""

    def __init__(self, made: Composed) -> None:
        self._made = made

    def __call__(self, fault: Fault) -> None:
        place = self._made.document.place(fault.path, of_key=fault.of_key)
        self._made.problems.append(Problem(fault.code, fault.message, place, fault.path, fault.help))


def _merge(base: Piece, own: Piece) -> Piece:
    """Merge a file's rule into the inherited one key by key."""
    return Piece(
        {**base.value, **own.value},
        base.origin,
        {**base.keys, **own.keys},
        base.settings,
        own.own,
    )
