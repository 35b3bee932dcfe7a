"""Reading case files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from comity.documents import Document, load_document, strict_converter, structure
from comity.errors import PolicyError, Problem

Table = Mapping[str, Any]


@attrs.frozen
class ExpectedError:
    """One fault that a policy must have; `help` and `message` are parts of the text."""

    code: str
    line: int | None = None
    column: int | None = None
    message: str | None = None
    help: str | None = None


@attrs.frozen
class ExpectedDecision:
    """What must be decided; what is not given is not compared."""

    outcome: str | None = None
    next_allowed: str | None = attrs.field(default=None, metadata={"key": "next_allowed"})
    """An instant, or `never`."""
    findings: tuple[dict[str, Any], ...] | None = None


@attrs.frozen
class Case:
    """Events, and what must be found in them, or the faults that a policy must have."""

    name: str
    spec: str | None = None
    """The section of the language that the case shows."""
    document: str | None = None
    """A policy of the case's own, in place of the file's."""
    policy: str | None = None
    person: str | None = None
    """Who the events are about that do not say so."""
    as_of: str | None = None
    since: str | None = None
    until: str | None = None
    events: tuple[dict[str, Any], ...] = ()
    findings: tuple[dict[str, Any], ...] | None = None
    """All of them, in any order; of each, only the keys that are given are compared."""
    by_rule: dict[str, Any] = attrs.field(factory=dict, metadata={"key": "by_rule"})
    """Counts of the summary, by rule id."""
    unreadable: dict[str, int] | None = None
    propose: dict[str, Any] | None = None
    decision: ExpectedDecision | None = None
    errors: tuple[ExpectedError, ...] | None = None


@attrs.frozen
class CaseFile:
    """The cases of one file, and the policy that they are about."""

    comity_cases: int
    case: tuple[Case, ...]
    policy: str | None = None
    """An id, or a path that ends in `.toml`, relative to the file."""
    document: str | None = None
    """The text of a policy file."""
    person: str | None = None
    path: Path = Path()

    def policy_of(self, case: Case) -> str | Path:
        """Give the policy of a case: its own, the file's, or the one beside `NAME.cases.toml`."""
        text = case.document or (None if case.policy else self.document)
        if text is not None:
            return text if "\n" in text else text + "\n"
        name = case.policy or self.policy
        if name is None:
            return self.path.with_name(self.path.name.replace(".cases.toml", ".toml"))
        return self.path.parent / name if name.endswith(".toml") else name


def load_cases(path: Path) -> CaseFile:
    """Load a case file; raises PolicyError with the place of every fault, OSError where it cannot be read."""
    document = load_document(path)
    converter = strict_converter()
    converter.register_structure_hook(Any, lambda value, _: value)
    data = {key: value for key, value in document.data.items() if key != "path"}
    cases = structure(converter, data, CaseFile, lambda fault_path: (document, fault_path))
    if cases.comity_cases != 1:
        raise _fault(document, f"case format `{cases.comity_cases}` is not known", "comity-cases")
    for index, case in enumerate(cases.case):
        if case.findings is None and case.decision is None and case.errors is None and not case.by_rule:
            raise _fault(document, f"the case `{case.name}` expects nothing", "case", index)
        if (case.propose is None) != (case.decision is None):
            raise _fault(document, "`propose` and `decision` go together", "case", index)
    return attrs.evolve(cases, path=path)


def case_files(folder: Path) -> Iterator[Path]:
    """Yield the case files below a folder, in the order of their names."""
    for path in sorted(folder.rglob("*.toml")):
        if path.name.endswith(".cases.toml"):
            yield path


def _fault(document: Document, message: str, *path: str | int) -> PolicyError:
    return PolicyError([Problem("bad-value", message, document.place(path), path)])
