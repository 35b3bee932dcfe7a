"""Mapping files: read and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cattrs

from comity.documents import Fault, Faults, load_document, strict_converter, structure
from comity.documents.structure import exactly, faults_of, wrong_type
from comity.errors import UsageError, system_reason
from comity.events.channels.channel import Channels
from comity.events.values import Scalar
from comity.readers.mapping.mapping import FieldRule, LogFormat, Mapping, Only
from comity.readers.mapping.mapping_faults import (
    NO_MEDIUM,
    log_faults,
    mapping_faults,
    only_faults,
    rule_faults,
)
from comity.requirements import LeftOut, in_use


def load_mapping(
    path: str | Path,
    formats: Iterable[str] | None = None,
    channels: Channels | None = None,
    left_out: LeftOut = in_use,
) -> Mapping:
    """Read a mapping file; raises PolicyError with the place of every fault.

    `formats` are the names of the known readers; without them, `log.format` is not checked. `channels` must
    know the addresses that the mapping names; without them, the addresses are checked when a log is read.
    `left_out` says why an installed plugin that the mapping requires is not in use. Raises UsageError where
    the file cannot be read.
    """
    try:
        document = load_document(Path(path))
    except OSError as error:
        reason = system_reason(error)
        raise UsageError(f"cannot read the mapping `{path}`: {reason}") from None
    allowed = None if formats is None else tuple(formats)
    converter = _converter(allowed, channels, left_out)
    return structure(converter, document.data, Mapping, lambda path: (document, path))


def _converter(
    formats: tuple[str, ...] | None, channels: Channels | None, left_out: LeftOut
) -> cattrs.Converter:
    converter = strict_converter()
    converter.register_structure_hook_func(lambda t: t == Scalar | None, lambda value, _: _scalar(value))
    converter.register_structure_hook_func(
        lambda t: t == dict[str, Scalar], lambda value, _: _each(value, lambda _, item: _scalar(item))
    )

    converter.register_structure_hook_func(
        lambda t: t == dict[str, tuple[str, ...]], lambda value, _: _each(value, _option)
    )

    def field_rule(name: str, value: object) -> FieldRule:
        if name == "medium":
            raise Fault("bad-value", NO_MEDIUM, of_key=True)
        rule = FieldRule(value) if isinstance(value, str) else converter.structure(value, FieldRule)
        faults = list(rule_faults(name, rule, plain=isinstance(value, str)))
        if channels is not None and rule.address is not None:
            fault = channels.address_fault(rule.address)
            faults += [Fault("bad-value", fault[0], "address", help=fault[1])] if fault else []
        if faults:
            raise Faults(faults)
        return rule

    converter.register_structure_hook_func(
        lambda t: t == dict[str, FieldRule], lambda value, _: _each(value, field_rule)
    )
    _check(converter, LogFormat, lambda log: log_faults(log, formats))
    _check(converter, Only, only_faults)
    _check(converter, Mapping, lambda mapping: mapping_faults(mapping, left_out))
    return converter


def _check(converter: cattrs.Converter, cls: type[Any], faults: Callable[[Any], Iterable[Fault]]) -> None:
    """Have the converter look for further faults in the objects that it makes."""
    hook = converter.get_structure_hook(cls)

    def checked(value: object, kind: type[Any]) -> Any:
        made = hook(value, kind)
        if found := list(faults(made)):
            raise Faults(found)
        return made

    converter.register_structure_hook(cls, checked)


def _each(value: object, make: Callable[[str, object], Any]) -> dict[str, Any]:
    """Structure the values of a table; raises Faults with all that is wrong in them."""
    made, faults = {}, []
    for key, item in exactly(value, dict).items():
        try:
            made[key] = make(key, item)
        except Exception as error:
            for fault in faults_of(error):
                path = (key, *fault.path)
                faults.append(Fault(fault.code, fault.message, *path, help=fault.help, of_key=fault.of_key))
    if faults:
        raise Faults(faults)
    return made


def _scalar(value: object) -> Scalar:
    if type(value) in (str, int, float, bool):
        return value  # type: ignore[return-value]
    raise wrong_type(value, "text, a number or a boolean")


def _option(_: str, value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(exactly(item, str) for item in items)
