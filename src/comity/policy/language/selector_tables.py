"""Structuring selectors and tests of fields, and writing them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

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

_FIELD: Final = "FIELD"
"""Stands in advice for the field that is tested."""
_EQUAL: Final = ("equals", "equal", "equal-to", "is", "eq", "value", "values", "one-of", "in", "any-of")
"""What some would write for a test of a value, which needs no operator."""


def _toml(value: object) -> str:
    """Write a value for advice; what TOML cannot say is written as messages write it."""
    from comity.policy.language.inline import inline  # Only faults need it.

    try:
        return inline(value)
    except TypeError:
        return written(value)


def _values(value: object, key: tuple[str, ...]) -> tuple[Value, ...]:
    items = value if isinstance(value, list) else [value]
    if not items:
        raise Fault("bad-value", "an empty list holds no value", *key)
    for index, item in enumerate(items):
        if not isinstance(item, str | int | float | bool | dt.datetime):
            path: Path = (*key, index) if isinstance(value, list) else key
            advice = _of_table(item, key) if isinstance(item, Mapping) and item else ""
            raise Fault(
                "wrong-type", f"`{written(item)}` is not text, a number or a boolean", *path, help=advice
            )
    return tuple(items)


def _of_table(table: Mapping[str, object], key: tuple[str, ...]) -> str:
    """Say how to write what a table among the values of a field asks for."""
    if "field" in table:
        table = {"same-as": table["field"]}
    if not set(table) <= set(OPERATORS):
        return ""
    whole = _toml({_FIELD: table})
    if key == ("not",):
        return f"`not` goes around the whole test: write `not = {whole}`"
    return f"write one selector for each test: `any = [{whole}, …]`"


def _unknown_operator(key: str, value: object) -> Fault:
    """Return the fault of a key that is no operator, with what was probably meant."""
    fault = unknown_key(key, OPERATORS)
    bare = key.removeprefix("not-")
    if key == "field" and isinstance(value, str):
        fault.help = f"write `{_toml({_FIELD: {'same-as': value}})[2:-2]}`"
    elif bare != key and bare in OPERATORS:
        fault.help = f"write `not = {_toml({_FIELD: {bare: value}})}`"
    elif key in _EQUAL:
        fault.help = f"a value needs no operator: write `{_toml({_FIELD: value})[2:-2]}`"
    return fault


def _field_name(value: object) -> FieldName:
    if isinstance(value, Mapping) and list(value) == ["field"] and isinstance(value["field"], str):
        raise wrong_type(value, "the name of a field", help=f'write `same-as = "{value["field"]}"`')
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        raise wrong_type(value, "the name of a field", help=f'write `same-as = "{value[0]}"`')
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        tests = ", ".join(_toml({_FIELD: {"same-as": name}}) for name in value)
        raise wrong_type(value, "the name of a field", help=f"write `any = [{tests}]`")
    if not isinstance(value, str) or not value.strip():
        raise wrong_type(value, "the name of a field", help=f'a text is compared as `{_FIELD} = "TEXT"`')
    return FieldName(value)


def _of_bound(value: object) -> str:
    """Say how to write the bound that a value of another type was meant to be."""
    try:
        exactly(value, float)
    except Fault as fault:
        if fault.help:
            return fault.help
    name = value if isinstance(value, str) and value.strip() else "NAME"
    return f"or the number of a field, `{_toml({'field': name})}`"


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
    faults = [_unknown_operator(key, part) for key, part in value.items() if key not in OPERATORS]
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
                    raise wrong_type(operand, "a number", help=_of_bound(operand))
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
        help = "write a name of `[states]`, or a list of names"
        if isinstance(value, Mapping) and list(value) in (["not"], ["any"], ["all-of"]):
            help = _of_states(value)
        raise wrong_type(value, "the name of a state", help=help)
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


def _of_states(table: Mapping[str, object]) -> str:
    """Say how to ask that a state does not last, that one of several does, or that all of them do."""
    [(word, names)] = table.items()
    if word == "not":
        return f"write `not = {_toml({'during': names})}`"
    if word == "any" or not isinstance(names, list) or not names:
        return f"write `during = {_toml(names)}`: one of them is enough"
    every: dict[str, object] = {"during": names[-1]}
    for name in reversed(names[:-1]):
        every = {"during": name, "any": [every]}
    return f"write `{_toml(every)[2:-2]}`"


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
                Fault(
                    f.code, f.message, key, *f.path, help=f.help.replace(_FIELD, _key(key)), of_key=f.of_key
                )
                for f in faults_of(error)
            ]
    if faults:
        raise Faults(faults)
    return SelectorTable(tests=tests, **made)


def _looks_like_a_test(value: object) -> bool:
    """Return whether a value is meant as a test of a field, right or wrong, and not as a selector."""
    if isinstance(value, list):
        return not any(isinstance(item, Mapping) for item in value)
    return not isinstance(value, Mapping) or bool(set(value) & set(OPERATORS))


def _key(name: str) -> str:
    """Write the name of a field as a key."""
    return _toml({name: 1}).removeprefix("{ ").removesuffix(" = 1 }")


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
