"""Composition: merging the tables of a policy file with those of the policies that it extends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path as FilePath
from typing import Final

import attrs
import cattrs

from comity.budgets import Deadline, PolicyBudgets
from comity.documents import Document, Fault, load_document, unknown_key
from comity.errors import PolicyError, suggest
from comity.policy.compose.composed import SECTIONS, Composed, NamedTable
from comity.policy.compose.faults import AddFault, clash, report_under, wrong_type_at
from comity.policy.compose.header import UNKNOWN, read_header
from comity.policy.compose.search import SearchPath, inside, looks_like_path
from comity.policy.language.characters import character_faults
from comity.policy.model import Metadata, Settings, settings_of
from comity.requirements import LeftOut, in_use

_TOP: Final = ("comity", "requires", "policy", *SECTIONS)
DEEPEST: Final = 16
"""The most policies in one chain of `extends` below a file."""


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
        """Take where policies are found, and the known industries; other industries have no effect.

        `left_out` says why an installed plugin that a policy requires is not in use.
        """
        self._budgets = budgets
        self._deadline = deadline
        self._search = search
        self._converter = converter
        self._industries = industries
        self._left_out = left_out
        self._known: dict[FilePath, Composed] = {}
        """The extended policies that are composed already, since several policies may extend the same one."""

    def compose(self, document: Document, chain: tuple[str, ...] = ()) -> Composed:
        """Merge a document with the policies that it extends."""
        made = Composed(document, UNKNOWN, {section: {} for section in SECTIONS}, [])
        report = made.report
        data = document.data
        made.files += [] if document.path is None else [document.path]
        for fault in character_faults(data):
            report(fault)
        for key in data:
            if key not in _TOP:
                report(unknown_key(key, _TOP))
        made.meta = read_header(data, self._converter, self._left_out, report)
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
                made.sections[section][name] = (
                    piece.merged_into(base) if section == "rules" and base else piece
                )
        return made

    def _own_sections(self, document: Document, report: AddFault) -> dict[str, dict[str, NamedTable]]:
        own: dict[str, dict[str, NamedTable]] = {}
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
                own[section][name] = NamedTable(value, (document, path), keys, None, frozenset(keys))
        return own

    def _inherited(
        self,
        made: Composed,
        chain: tuple[str, ...],
        own: Mapping[str, Mapping[str, NamedTable]],
        report: AddFault,
    ) -> dict[str, dict[str, NamedTable]]:
        inherited: dict[str, dict[str, NamedTable]] = {section: {} for section in SECTIONS}
        clashing: set[tuple[str, str]] = set()
        # Only for extended files is the place of a setting kept: a file knows its own.
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
                    theirs = (piece.settings or origin).without(made.meta.for_inherited)
                    mine = attrs.evolve(piece, settings=theirs.within(settings), own=None)
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

    def _base(self, made: Composed, target: str, chain: tuple[str, ...], report: AddFault) -> Composed | None:
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
