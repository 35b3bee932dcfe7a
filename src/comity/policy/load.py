"""Loading: from TOML text to a composed, checked policy and its plan, with every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path as FilePath
from typing import Any, get_args

import attrs
import cattrs

from comity.budgets import Deadline, Late, PolicyBudgets, over_budget
from comity.documents import (
    Document,
    Fault,
    Path,
    faults_of,
    key_of,
    load_document,
    place_faults,
    unknown_key,
)
from comity.documents import wrong_type as wrong_type
from comity.errors import ComityError, PolicyError, error_text, one_of, passes, suggest
from comity.events.fields import FIELDS
from comity.plan import Plan
from comity.plan.selectors import FieldType
from comity.policy.compose.compose import Composer
from comity.policy.compose.composed import SECTIONS, Composed, NamedTable
from comity.policy.compose.faults import check_effective, check_review
from comity.policy.compose.industry_tables import add_industries
from comity.policy.kept_words import kept_words
from comity.policy.kept_zones import kept_zones
from comity.policy.language.converter import policy_converter
from comity.policy.lower.check_before_lowering import KeyValue, SalvagedRule
from comity.policy.lower.lower import lower_with_faults
from comity.policy.measure import passed_budgets
from comity.policy.model import (
    AttributeType,
    CalendarTable,
    NamedSelector,
    NamedState,
    Policy,
    Rule,
    RuleCommon,
    RuleKind,
    Settings,
)
from comity.policy.types import SelectorRef, StateTable
from comity.policy.vocabulary import Vocabulary

RESERVED = ("any", "not", "preceded-by", "during")
COMMON_KEYS = tuple(key_of(a.name) for a in attrs.fields(RuleCommon))


def load_policy(
    source: FilePath | str,
    words: Vocabulary,
    name: str = "<text>",
) -> tuple[Policy, Plan]:
    """Load a policy from the path of a file or from TOML text, and lower it to a plan.

    Checking a policy lowers it, so the plan costs nothing more. Raises PolicyError with every fault of the
    file and of those that it extends, and OSError if a file cannot be read.
    """
    budgets = words.budgets
    deadline = Deadline(budgets.seconds)
    if isinstance(source, FilePath):
        document = load_document(source, budgets)
    else:
        document = Document(source, name, budgets=budgets)
    converter = policy_converter()
    try:
        composer = Composer(
            words.search, converter, words.industries, words.left_out, budgets=budgets, deadline=deadline
        )
        composed = composer.compose(document)
        add_industries(composed, words.industries)
        if passed := list(passed_budgets(composed, budgets)):
            raise PolicyError(place_faults(passed, composed.locate))
        return Loader(composed, converter, words, deadline).load()
    except (Late, RecursionError) as error:
        fault = _out_of_budget(error, budgets)
        raise PolicyError(place_faults([fault], lambda path: (document, path))) from None


def _out_of_budget(error: Exception, budgets: PolicyBudgets) -> Fault:
    name = "seconds" if isinstance(error, Late) else "nesting"
    found = "the policy is not loaded yet" if name == "seconds" else "something is nested very deep"
    message, advice = over_budget(name, found, getattr(budgets, name))
    return Fault("budget", message, help=advice)


class Loader:
    """Structures the pieces of a composed policy."""

    def __init__(
        self, composed: Composed, converter: cattrs.Converter, words: Vocabulary, deadline: Deadline
    ) -> None:
        self._composed = composed
        self._deadline = deadline
        self._converter = converter
        self._words = words
        self._kinds = words.kinds
        self._faults: list[Fault] = []
        self._broken: set[Path] = set()
        self._remains: list[SalvagedRule] = []

    def load(self) -> tuple[Policy, Plan]:
        """Structure everything, check its meaning, and raise all faults at once."""
        sections, meta = self._composed.sections, self._composed.meta
        attributes = {n: self._attribute(n, p) for n, p in sections["attributes"].items()}
        calendars = {
            n: self._table(("calendars", n), p.value, CalendarTable) for n, p in sections["calendars"].items()
        }
        events = {n: self._selector(n, p) for n, p in sections["events"].items()}
        states = {n: self._state(n, p) for n, p in sections["states"].items()}
        rules = {n: self._rule(n, p) for n, p in sections["rules"].items()}
        problems = list(self._composed.problems)
        policy = Policy(
            meta,
            {n: a for n, a in attributes.items() if a is not None},
            {n: e for n, e in events.items() if e is not None},
            {n: c for n, c in calendars.items() if c is not None},
            {n: r for n, r in rules.items() if r is not None},
            self._own() if meta.extends or self._composed.industries else None,
            locate=self._composed.locate,
            files=tuple(self._composed.files),
            states={n: s for n, s in states.items() if s is not None},
        )
        plan, faults = lower_with_faults(
            policy, self._words, frozenset(self._broken), self._remains, self._deadline
        )
        self._faults += faults
        problems += place_faults(self._faults, self._composed.locate)
        if problems:
            raise PolicyError(
                sorted(dict.fromkeys(problems), key=lambda p: (p.place.path, p.place.line, p.place.column))
            )
        notices = (*kept_zones(policy), *kept_words(policy, self._composed))
        policy = attrs.evolve(policy, replaced=self._replaced(), notices=notices)
        return policy, plan

    def _replaced(self) -> dict[tuple[str, str], Any]:
        """Structure the inherited tables that the file replaces; they have no faults."""
        made: dict[tuple[str, str], Any] = {}
        types: dict[str, Any] = {
            "attributes": AttributeType,
            "events": SelectorRef,
            "states": StateTable,
            "calendars": CalendarTable,
        }
        named: dict[str, Any] = {"events": NamedSelector, "states": NamedState}
        for (section, name), piece in self._composed.replaced.items():
            value = self._converter.structure(piece.value, types[section])
            made[section, name] = named[section](value, piece.settings) if section in named else value
        return made

    def _own(self) -> dict[tuple[str, str], frozenset[str]]:
        return {
            (section, name): piece.own
            for section in SECTIONS
            for name, piece in self._composed.sections[section].items()
            if piece.own is not None
        }

    def _fail(self, path: Path, error: BaseException) -> None:
        self._broken.add(path)
        for fault in faults_of(error):
            full = (*path, *fault.path)
            self._faults.append(Fault(fault.code, fault.message, *full, help=fault.help, of_key=fault.of_key))

    def _table(self, path: Path, value: object, cls: type[Any]) -> Any:
        try:
            return self._converter.structure(value, cls)
        except Exception as error:
            self._fail(path, error)
            return None

    def _attribute(self, name: str, piece: NamedTable) -> AttributeType | None:
        path = ("attributes", name)
        if name in FIELDS or name in RESERVED or not name.strip():
            reason = "a field of every event" if name in FIELDS else "a word of the language"
            self._fail(path, Fault("bad-value", f"`{name}` is {reason}, not an attribute", of_key=True))
            return None
        made: AttributeType | None = self._table(path, piece.value, AttributeType)  # type: ignore[arg-type]
        return made

    def _selector(self, name: str, piece: NamedTable) -> NamedSelector | None:
        self._deadline.check()
        selector = self._table(("events", name), piece.value, SelectorRef)  # type: ignore[arg-type]
        return None if selector is None else NamedSelector(selector, piece.settings)

    def _state(self, name: str, piece: NamedTable) -> NamedState | None:
        self._deadline.check()
        table = self._table(("states", name), piece.value, StateTable)
        return None if table is None else NamedState(table, piece.settings)

    def _rule(self, name: str, piece: NamedTable) -> Rule | None:
        self._deadline.check()
        path = ("rules", name)
        table = dict(piece.value)
        kind = table.pop("kind", None)
        common = {key: table.pop(key) for key in COMMON_KEYS if key in table}
        before = len(self._faults)
        cls = self._kind(path, kind, piece)
        made_common = self._table(path, common, RuleCommon)
        if cls is None:
            self._advise_inherited(name, piece, self._faults[before:])
            return None
        keys = [key_of(a.name) for a in attrs.fields(cls)]  # type: ignore[arg-type]
        for key in [key for key in table if key not in keys]:
            del table[key]
            self._fail(path, unknown_key(key, ("kind", *keys, *COMMON_KEYS), self._of_kinds(key)))
        body = self._body(path, table, cls)
        if path in self._broken:
            self._advise_inherited(name, piece, self._faults[before:])
        if body is None or made_common is None or path in self._broken:
            self._salvage(path, {**table, **common}, cls, piece.settings)
            return None
        if made_common.effective is not None and (faults := check_effective(made_common.effective)):
            self._fail((*path, "effective"), faults[0])
        for fault in check_review(made_common.checked, made_common.review_by):
            self._fail(path, fault)
        return Rule(body, made_common, piece.settings)

    def _of_kinds(self, key: str) -> str:
        """Say which rule kinds have a key; empty if none has."""
        having = sorted(
            kind
            for kind, cls in self._kinds.items()
            if key in map(key_of, attrs.fields_dict(cls))  # type: ignore[arg-type]
        )
        return f"`{key}` is a key of {one_of(having)}" if having else ""

    def _advise_inherited(self, name: str, piece: NamedTable, faults: list[Fault]) -> None:
        """Offer an inherited rule with a similar id if a rule of the file itself is incomplete."""
        if piece.settings is not None:
            return
        rules = self._composed.sections["rules"].items()
        near = suggest(name, [each for each, other in rules if other.settings is not None])
        for fault in faults if near else ():
            if fault.code == "missing-key" and fault.path == ("rules", name):
                there = near.removesuffix("?") + ", which is inherited? a rule of this file's own needs it"
                fault.help = "; ".join(filter(None, (there, fault.help)))

    def _body(self, path: Path, table: Mapping[str, object], cls: type[RuleKind]) -> Any:
        """Structure a rule's own keys; an exception of a plugin's class is a fault of the plugin."""
        plugin = self._words.plugins.get(cls.kind)
        if plugin is None:
            return self._table(path, table, cls)
        try:
            return self._table(path, table, cls)
        except BaseException as error:
            if passes(error):
                raise
            message = f"the rule kind `{cls.kind}` of the plugin {plugin} failed: {error_text(error)}"
            self._fail((*path, "kind"), Fault("plugin-failed", message))
            return None

    def _salvage(
        self, path: Path, table: Mapping[str, object], cls: type[RuleKind], settings: Settings | None
    ) -> None:
        """Keep the right parts of a broken rule, so that their faults of meaning are reported too."""
        parts: dict[str, KeyValue] = {}
        for a in (*attrs.fields(cls), *attrs.fields(RuleCommon)):  # type: ignore[arg-type]
            key = key_of(a.name)
            if key in table:
                # Whatever is wrong with it has been reported.
                with suppress(Exception):
                    made = self._converter.structure(table[key], a.type)
                    parts[key] = KeyValue((*path, key), a.type, made)
        self._remains.append(
            SalvagedRule(parts, settings, broken_zone=set(table) - set(parts) >= {"timezone"})
        )

    def _kind(self, path: Path, kind: object, piece: NamedTable) -> type[RuleKind] | None:
        if kind is None:
            self._fail(
                path, Fault("missing-key", "`kind` is missing", help=f"known are {one_of(self._kinds)}")
            )
            for key in piece.value:
                if key not in COMMON_KEYS and suggest(key, ("kind",)):
                    self._fail(path, unknown_key(key, ("kind", *COMMON_KEYS)))
            return None
        if not isinstance(kind, str):
            self._fail((*path, "kind"), wrong_type(kind, "text"))
            return None
        cls = self._kinds.get(kind)
        if cls is None:
            near = self._words.advise("rule kind", kind) or suggest(kind, self._kinds)
            near = near or f"known are {one_of(self._kinds)}"
            self._fail((*path, "kind"), Fault("unknown-kind", f"`{kind}` is not a rule kind", help=near))
        return cls


assert set(get_args(AttributeType)) == set(get_args(FieldType))
__all__ = ["ComityError", "load_policy"]
