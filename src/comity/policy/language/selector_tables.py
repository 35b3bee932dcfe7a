"""Structuring selectors and tests of fields, and writing them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import cattrs

from comity.documents import Fault, Faults, Path, exactly, faults_of, unknown_key, written, wrong_type
from comity.errors import suggest
from comity.policy.types import (
    DISTINCT_ALONE,
    DISTINCT_HELP,
    OPERATORS,
    FieldBound,
    FieldName,
    PrecededBy,
    SelectorRef,
    SelectorTable,
    Test,
    Value,
)


def _values(value: object, key: tuple[str, ...]) -> tuple[Value, ...]:
    items = value if isinstance(value, list) else [value]
    if not items:
        raise Fault("bad-value", "an empty list holds no value", *key)
    for index, item in enumerate(items):
        if not isinstance(item, str | int | float | bool | dt.datetime):
            path: Path = (*key, index) if isinstance(value, list) else key
            raise Fault("wrong-type", f"`{written(item)}` is not text, a number or a boolean", *path)
    return tuple(items)


def _field_name(value: object) -> FieldName:
    if not isinstance(value, str) or not value.strip():
        raise wrong_type(value, "the name of a field", help='a text is compared as `FIELD = "TEXT"`')
    return FieldName(value)


def _field_bound(table: Mapping[str, object]) -> FieldBound:
    faults = [unknown_key(key, ("field",)) for key in table if key != "field"]
    if "field" not in table:
        faults.append(Fault("missing-key", "`field` is missing", help="name the field that has the bound"))
    if faults:
        raise Faults(faults)
    try:
        return FieldBound(_field_name(table["field"]))
    except Fault as fault:
        raise Fault(fault.code, fault.message, "field", help=fault.help) from None


def structure_test(value: object, _: object) -> Test:
    """Read the test of one field; raises Fault or Faults."""
    if not isinstance(value, Mapping):
        return Test(one_of=_values(value, ()))
    if not value:
        raise Fault("bad-value", "an empty table tests nothing", help="write at least one operator")
    faults = [unknown_key(key, OPERATORS) for key in value if key not in OPERATORS]
    made: dict[str, Any] = {}
    for key, operand in value.items():
        try:
            if key == "not":
                made["not_"] = _values(operand, (key,))
            elif key == "all-of":
                made["all_of"] = _values(operand, (key,))
            elif key == "exists":
                made["exists"] = exactly(operand, bool)
            elif key == "like":
                made["like"] = exactly(operand, str)
            elif key == "same-as":
                made["same_as"] = _field_name(operand)
            elif key in OPERATORS and isinstance(operand, Mapping):
                made[key.replace("-", "_")] = _field_bound(operand)
            elif key in OPERATORS:
                if isinstance(operand, bool) or not isinstance(operand, int | float | dt.datetime):
                    raise wrong_type(
                        operand, "a number", help='or the number of a field, `{ field = "NAME" }`'
                    )
                made[key.replace("-", "_")] = operand
        except (Fault, Faults) as error:
            for fault in faults_of(error):
                path = fault.path if fault.path[:1] == (key,) else (key, *fault.path)
                faults.append(Fault(fault.code, fault.message, *path, help=fault.help, of_key=fault.of_key))
    if faults:
        raise Faults(faults)
    return Test(**made)


def structure_during(value: object) -> tuple[str, ...]:
    """Read the name of a state, or a list of names; raises Fault or Faults."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise wrong_type(value, "the name of a state", help="write a name of `[states]`, or a list of names")
    if not value:
        raise Fault("bad-value", "an empty list of states never holds")
    faults = [
        Fault("wrong-type", f"`{written(each)}` is not the name of a state", index)
        for index, each in enumerate(value)
        if not isinstance(each, str)
    ]
    if faults:
        raise Faults(faults)
    return tuple(value)


def structure_table(converter: cattrs.Converter, value: Mapping[str, Any]) -> SelectorTable:
    """Read a selector that is written in place; raises Faults."""
    faults: list[Fault] = []
    made: dict[str, Any] = {}
    tests: dict[str, Test] = {}
    kinds: dict[str, Any] = {
        "any": tuple[SelectorRef, ...],
        "not": SelectorRef,
        "preceded-by": PrecededBy,
        "during": None,
    }
    for key, part in value.items():
        try:
            if key == "during":
                made[key] = structure_during(part)
            elif key in kinds:
                made[{"not": "not_", "preceded-by": "preceded_by"}.get(key, key)] = converter.structure(
                    part, kinds[key]
                )
                if key == "any" and not part:
                    raise Fault("bad-value", "an empty list of selectors never holds")
                if key == "preceded-by" and "distinct" in part and "at-least" not in part:
                    raise Fault("missing-key", DISTINCT_ALONE, "distinct", help=DISTINCT_HELP)
            else:
                tests[key] = converter.structure(part, Test)
        except Exception as error:
            near = suggest(key, kinds)
            if key not in kinds and near and not _looks_like_a_test(part):
                faults.append(
                    Fault(
                        "undeclared-field", f"nothing declares the field `{key}`", key, help=near, of_key=True
                    )
                )
                continue
            faults += [
                Fault(f.code, f.message, key, *f.path, help=f.help, of_key=f.of_key) for f in faults_of(error)
            ]
    if faults:
        raise Faults(faults)
    return SelectorTable(tests=tests, **made)


def _looks_like_a_test(value: object) -> bool:
    """Return whether a value is meant as a test of a field, right or wrong, and not as a selector."""
    if isinstance(value, list):
        return not any(isinstance(item, Mapping) for item in value)
    return not isinstance(value, Mapping) or bool(set(value) & set(OPERATORS))


def write_test(test: Test) -> object:
    """Return a test as TOML writes it."""
    if test.one_of is not None:
        return test.one_of[0] if len(test.one_of) == 1 else list(test.one_of)
    table: dict[str, Any] = {}
    if test.not_ is not None:
        table["not"] = test.not_[0] if len(test.not_) == 1 else list(test.not_)
    if test.all_of is not None:
        table["all-of"] = list(test.all_of)
    for key in OPERATORS[1:-1]:
        operand = getattr(test, key.replace("-", "_"))
        if operand is not None:
            table[key] = {"field": operand.field} if isinstance(operand, FieldBound) else operand
    return table


def write_table(converter: cattrs.Converter, selector: SelectorTable) -> dict[str, Any]:
    """Return a selector as TOML writes it."""
    table: dict[str, Any] = {key: write_test(test) for key, test in selector.tests.items()}
    if selector.any is not None:
        table["any"] = [converter.unstructure(part, type(part)) for part in selector.any]
    if selector.not_ is not None:
        table["not"] = converter.unstructure(selector.not_, type(selector.not_))
    if selector.preceded_by is not None:
        table["preceded-by"] = converter.unstructure(selector.preceded_by)
        if selector.preceded_by.distinct is not None:
            # Its default is not left out here, since `distinct` needs it.
            table["preceded-by"]["at-least"] = selector.preceded_by.at_least
    if selector.during is not None:
        table["during"] = selector.during[0] if len(selector.during) == 1 else list(selector.during)
    return table
