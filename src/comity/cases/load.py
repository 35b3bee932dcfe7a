"""Reading case files, with the place of every fault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import attrs
import cattrs

from comity.cases.case import Case, CaseFile, EventTable, FindingTable, InstantOrNever, InstantText
from comity.clock.instants import datetime_to_micros, format_instant, parse_instant
from comity.documents import (
    Fault,
    Faults,
    exactly,
    load_document,
    place_faults,
    strict_converter,
    structure,
    unknown_key,
    wrong_type,
)
from comity.errors import EventError, PolicyError
from comity.files_below import files_below
from comity.policy.compose.search import CASES
from comity.results.finding_keys import FINDING_KEYS

NEVER = "never"
_MAY_BE_NULL = ("allowed_from", "due")


def load_cases(path: Path) -> CaseFile:
    """Load a case file; raises PolicyError with the place of every fault, OSError if it is unreadable."""
    document = load_document(path)
    faults = [unknown_key("path", ("comity-cases", "case"))] if "path" in document.data else []
    data = {key: value for key, value in document.data.items() if key != "path"}
    cases = structure(_converter(), data, CaseFile, lambda fault_path: (document, fault_path))
    cases = attrs.evolve(cases, path=path)
    if cases.comity_cases != 1:
        message = f"case format `{cases.comity_cases}` is not known"
        faults.append(Fault("bad-value", message, "comity-cases", help="this comity reads format 1"))
    if cases.header is not None and not any(_has_file_header(cases, case) for case in cases.case):
        advice = "give the rest of a policy as `document`, or leave out `header`"
        faults.append(Fault("bad-value", "no case uses the `header`", "header", help=advice))
    for index, case in enumerate(cases.case):
        faults += [_under(fault, "case", index) for fault in _check(cases, case)]
    if faults:
        raise PolicyError(place_faults(faults, lambda fault_path: (document, fault_path)))
    return cases


def case_files(folder: Path) -> Iterator[Path]:
    """Yield the case files below a folder, by name; raises UsageError as `files_below` does."""
    yield from sorted(files_below(folder, CASES))


def _has_file_header(cases: CaseFile, case: Case) -> bool:
    return case.header is None and cases.document_of(case) is not None


def _check(cases: CaseFile, case: Case) -> Iterator[Fault]:
    if not case.audits and case.decision is None and case.errors is None:
        advice = "give `findings`, `by_rule`, `unreadable`, `decision` or `errors`"
        yield Fault("missing-key", f"the case `{case.name}` expects nothing", help=advice)
    if (case.propose is None) != (case.decision is None):
        yield Fault("missing-key", "`propose` and `decision` go together")
    if case.document is not None and case.policy is not None:
        yield Fault("bad-value", "`document` and `policy` exclude each other")
    if case.header is not None and cases.document_of(case) is None:
        advice = "give the rest of the policy as `document`, or leave out `header`"
        yield Fault("missing-key", f"the case `{case.name}` has a `header` without a `document`", help=advice)
    tables = [(("events", number), table) for number, table in enumerate(case.events)]
    for path, table in [*tables, *([] if case.propose is None else [(("propose",), case.propose)])]:
        try:
            cases.event(case, table, "")
        except EventError as error:
            yield Fault("bad-value", str(error), *path)


def _under(fault: Fault, *path: str | int) -> Fault:
    return Fault(fault.code, fault.message, *path, *fault.path, help=fault.help)


def _converter() -> cattrs.Converter:
    converter = strict_converter()
    converter.register_structure_hook(EventTable, lambda value, _: exactly(value, dict))
    converter.register_structure_hook(FindingTable, _finding)
    converter.register_structure_hook(InstantText, lambda value, _: _instant(value))
    converter.register_structure_hook(
        InstantOrNever, lambda value, _: value if value == NEVER else _instant(value)
    )
    return converter


def _instant(value: object, *path: str) -> str:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return format_instant(datetime_to_micros(value)[0])
    if not isinstance(value, str):
        fault = wrong_type(value, "an instant such as 2025-03-01T09:30:00Z")
        raise Fault(fault.code, fault.message, *path)
    try:
        return format_instant(parse_instant(value))
    except EventError as error:
        raise Fault("bad-value", str(error), *path) from None


def _finding(value: object, _: object) -> dict[str, object]:
    table = exactly(value, dict)
    faults = [unknown_key(key, FINDING_KEYS) for key in table if key not in FINDING_KEYS]
    made = {"status": "violation", **table}
    for key in ("at", *_MAY_BE_NULL):
        if key in table and not (key in _MAY_BE_NULL and table[key] == NEVER):
            try:
                made[key] = _instant(table[key], key)
            except Fault as fault:
                faults.append(fault)
    if faults:
        raise Faults(faults)
    return made
