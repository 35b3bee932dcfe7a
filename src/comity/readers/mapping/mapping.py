"""Mapping files: how the columns of an exported log become the fields of events."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path as FilePath
from typing import Any, Final

import attrs
import cattrs

from comity.budgets import DEFAULT_LOG_BUDGETS, LogBudgets
from comity.clock.zones import find_zone, find_zones
from comity.documents import Fault, Faults, load_document, strict_converter, structure
from comity.documents.structure import Path, exactly, faults_of, written, wrong_type
from comity.errors import EventError, UsageError, one_of, suggest
from comity.events.channels import Channels
from comity.events.directions import parse_direction
from comity.events.fields import FIELDS
from comity.events.values import Scalar
from comity.readers.mapping.patterns import is_pattern, pattern_faults
from comity.requirements import LeftOut, in_use, unmet

TIME_FORMATS: Final = ("iso", "unix", "unix-ms", "unix-us")
UNITS: Final = {"unix": 1_000_000, "unix-ms": 1_000, "unix-us": 1}
"""Microseconds of the units in which formats count."""
MAPPABLE: Final = tuple(field for field in FIELDS if field != "medium")
"""Fields that a mapping may fill; any other name but `medium` is an attribute."""
_MEDIUM = "`medium` follows from the channel: map `channel`"


@attrs.frozen
class LogFormat:
    """How to read the file itself."""

    format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: tuple[str, ...] | None = None
    options: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    """What the reader's own options are set to."""
    dedupe: str | None = None
    """`id`: a row whose id, person and instant an earlier one has, in any file of the log, is skipped."""

    @property
    def budgets(self) -> LogBudgets:
        """What reading may take; a mapping file says nothing of it."""
        return DEFAULT_LOG_BUDGETS


@attrs.frozen
class BudgetedFormat(LogFormat):
    """How to read the file itself, within budgets of its own."""

    budgets: LogBudgets = DEFAULT_LOG_BUDGETS


def with_budgets(log: LogFormat, budgets: LogBudgets) -> LogFormat:
    """Have a file read within some budgets."""
    if budgets == log.budgets:
        return log
    given = {name: getattr(log, name) for name in attrs.fields_dict(LogFormat)}
    return BudgetedFormat(**given, budgets=budgets)


@attrs.frozen
class FieldRule:
    """Where one field's value comes from: a column, or the same value in every row."""

    column: str | None = None
    value: Scalar | None = None
    format: str | None = None
    timezone: str | None = None
    values: dict[str, Scalar] | None = None
    """What the texts of the column stand for."""
    default: Scalar | None = None
    """Value of cells that are empty, absent or not among `values`."""
    split: str | None = None
    address: str | None = None
    """The channel whose address it is; it is written as that channel has it."""
    zones: dict[str, str] | None = None
    """What abbreviations of zones in the times stand for: IANA names or offsets."""
    region: str | None = None
    """The country of addresses that name none, such as `US`."""
    decimal: str | None = None
    """The sign before the fraction of a number, by default a point."""
    thousands: str | None = None
    """The sign between the thousands of a number, by default none."""


@attrs.frozen
class Only:
    """Rows to keep: those with one of the values in the column."""

    column: str
    values: tuple[str, ...]


@attrs.frozen
class Mapping:
    """How the rows of a log become events."""

    comity: int
    log: LogFormat = LogFormat()
    fields: dict[str, FieldRule] = attrs.field(factory=dict)
    only: tuple[Only, ...] = ()
    also: tuple[dict[str, FieldRule], ...] = ()
    zones: dict[str, str] = attrs.field(factory=dict)
    """What abbreviations of zones stand for in every `at` that does not say so itself."""
    requires: tuple[str, ...] = ()
    """Distributions that must be installed, and in which versions."""

    @property
    def plain(self) -> bool:
        """Whether each row is one event whose fields are texts as they stand in it."""
        return not self.also and all(rule.address is None for rule in self.fields.values())

    def columns(self) -> Iterator[tuple[str, str]]:
        """List the columns that the mapping names, each with what for."""
        for index, fields in enumerate((self.fields, *self.also)):
            for name, rule in fields.items():
                if rule.column is not None:
                    yield rule.column, f"`{name}`" + (" in [[also]]" if index else "")
        for only in self.only:
            yield only.column, "[[only]]"


def load_mapping(
    path: str | FilePath,
    formats: Iterable[str] | None = None,
    channels: Channels | None = None,
    left_out: LeftOut = in_use,
) -> Mapping:
    """Read a mapping file; raises PolicyError with the place of every fault.

    `formats` are the names of the readers that there are; without it, `log.format` is taken as it is.
    `channels` must know how the addresses are written that the mapping names; without them it is seen when a
    log is read. `left_out` says why an installed plugin that the mapping requires is not in use.
    """
    try:
        document = load_document(FilePath(path))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
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
            raise Fault("bad-value", _MEDIUM, of_key=True)
        rule = FieldRule(value) if isinstance(value, str) else converter.structure(value, FieldRule)
        faults = list(_rule_faults(name, rule, plain=isinstance(value, str)))
        if channels is not None and rule.address is not None:
            fault = channels.address_fault(rule.address)
            faults += [Fault("bad-value", fault[0], "address", help=fault[1])] if fault else []
        if faults:
            raise Faults(faults)
        return rule

    converter.register_structure_hook_func(
        lambda t: t == dict[str, FieldRule], lambda value, _: _each(value, field_rule)
    )
    _check(converter, LogFormat, lambda log: _log_faults(log, formats))
    _check(converter, Only, _only_faults)
    _check(converter, Mapping, lambda mapping: _mapping_faults(mapping, left_out))
    return converter


def _check(converter: cattrs.Converter, cls: type[Any], faults: Callable[[Any], Iterable[Fault]]) -> None:
    """Make the converter look for further faults in what it has made."""
    hook = converter.get_structure_hook(cls)

    def checked(value: object, kind: type[Any]) -> Any:
        made = hook(value, kind)
        if found := list(faults(made)):
            raise Faults(found)
        return made

    converter.register_structure_hook(cls, checked)


def _each(value: object, make: Callable[[str, object], Any]) -> dict[str, Any]:
    """Structure the values of a table, with all their faults."""
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


def _rule_faults(name: str, rule: FieldRule, *, plain: bool) -> Iterator[Fault]:
    at = () if plain else ("column",)
    if rule.column is not None and not rule.column.strip():
        yield Fault("bad-value", "the name of the column is empty", *at)
    if rule.column is None and rule.value is None:
        yield Fault("missing-key", "`column` is missing", help="or give a constant `value`")
    if rule.value is not None:
        for key in ("column", "values", "default"):
            if getattr(rule, key) is not None:
                message = f"`{key}` together with `value`"
                yield Fault("bad-value", message, key, help="`value` is the same for every row", of_key=True)
    for key, of in (("format", "at"), ("timezone", "at"), ("zones", "at"), ("split", "matter")):
        if getattr(rule, key) is not None and name != of and (key != "format" or name in MAPPABLE):
            yield Fault("bad-value", f"`{key}` goes with the field `{of}` only", key, of_key=True)
    if rule.address is not None and name in ("at", "kind", "channel", "direction", "matter", "timezone"):
        yield Fault("bad-value", f"`address` does not go with the field `{name}`", "address", of_key=True)
    if rule.region is not None and rule.address is None:
        yield Fault("bad-value", "`region` goes with `address` only", "region", of_key=True)
    yield from _notation_faults(name, rule)
    if rule.split == "":
        yield Fault("bad-value", "the separator is empty", "split")
    if rule.format is not None and name == "at":
        yield from _format_faults(rule.format)
    if rule.timezone is not None and name == "at":
        yield from _zone_faults(rule.timezone, "timezone")
    if rule.zones is not None and name == "at":
        yield from _named_zone_faults(rule.zones)
        if rule.format in TIME_FORMATS[1:]:
            yield Fault("bad-value", "`zones` does not go with numbers", "zones", of_key=True)
    yield from _word_faults(name, rule)
    if name in MAPPABLE:
        for key in ("value", "default"):
            given = getattr(rule, key)
            if given is not None and not isinstance(given, str):
                yield Fault("wrong-type", f"`{written(given)}` is not text", key)
        for word, given in (rule.values or {}).items():
            if not isinstance(given, str):
                yield Fault("wrong-type", f"`{written(given)}` is not text", "values", word)


def _notation_faults(name: str, rule: FieldRule) -> Iterator[Fault]:
    """Find what is wrong with how a rule says that its attribute is written."""
    for key in ("decimal", "thousands"):
        sign = getattr(rule, key)
        if sign is None:
            continue
        if name in MAPPABLE:
            yield Fault("bad-value", f"`{key}` goes with attributes only", key, of_key=True)
        elif rule.column is None or rule.values is not None or rule.address is not None:
            yield Fault("bad-value", f"`{key}` goes with a `column` of numbers alone", key, of_key=True)
        elif len(sign) != 1 or sign.isalnum() or sign in "+-" or (key == "decimal" and sign.isspace()):
            yield Fault("bad-value", f"`{sign}` is not one character that can stand there", key)
    decimal = rule.decimal or "."
    if rule.thousands is not None and rule.thousands == decimal:
        help = "" if rule.decimal else f"say which sign stands before the fraction: `decimal` is `{decimal}`"
        yield Fault("bad-value", f"`{decimal}` cannot be both signs", "thousands", help=help)
    if rule.format is not None and name not in MAPPABLE:
        if rule.format not in TIME_FORMATS:
            help = f"allowed are {one_of(TIME_FORMATS)}"
            yield Fault("bad-value", f"`{rule.format}` is not a format of an attribute", "format", help=help)
        elif rule.column is None or rule.values is not None or rule.address is not None:
            yield Fault("bad-value", "`format` goes with a `column` of instants alone", "format", of_key=True)


def _word_faults(name: str, rule: FieldRule) -> Iterator[Fault]:
    """Find the texts that stand for a direction or a zone and are none."""
    checks: dict[str, Callable[[str], Any]] = {"direction": parse_direction, "timezone": find_zones}
    check = checks.get(name)
    given: dict[Path, object] = {("value",): rule.value, ("default",): rule.default}
    given |= {("values", word): text for word, text in (rule.values or {}).items()}
    for path, text in given.items():
        if check is not None and isinstance(text, str) and text.strip():
            try:
                check(text.strip())
            except EventError as error:
                message, _, hint = str(error).partition(": ")
                yield Fault("bad-value", message, *path, help=hint)


def _format_faults(text: str) -> Iterator[Fault]:
    allowed = f"allowed are {one_of(TIME_FORMATS)} and strptime patterns such as `%d.%m.%Y %H:%M`"
    if text in TIME_FORMATS:
        return
    if not is_pattern(text):
        near = suggest(text, TIME_FORMATS)
        yield Fault("bad-value", f"`{text}` is not a format", "format", help=near or allowed)
        return
    for message, help in pattern_faults(text):
        yield Fault("bad-value", message, "format", help=help or allowed)


def _zone_faults(text: str, *path: str) -> Iterator[Fault]:
    try:
        find_zone(text)
    except EventError as error:
        message, _, hint = str(error).partition(": ")
        yield Fault("bad-value", message, *path, help=hint)


def _named_zone_faults(zones: dict[str, str]) -> Iterator[Fault]:
    """Find the abbreviations that are none, and those that stand for no zone."""
    for name, zone in zones.items():
        if not (name.isascii() and name.isalpha()):
            yield Fault("bad-value", f"`{name}` is not an abbreviation: it has letters alone", "zones", name)
        yield from _zone_faults(zone, "zones", name)


def _log_faults(log: LogFormat, formats: tuple[str, ...] | None) -> Iterator[Fault]:
    if formats is not None and log.format is not None and log.format not in formats:
        hint = suggest(log.format, formats) or f"allowed are {one_of(formats)}"
        yield Fault("bad-value", f"`{log.format}` is not a log format", "format", help=hint)
    if log.delimiter is not None and (len(log.delimiter) != 1 or log.delimiter in '\r\n"\0'):
        message = f"`{log.delimiter}` is not one character that can separate cells"
        yield Fault("bad-value", message, "delimiter")
    if log.encoding is not None:
        try:
            known = codecs.lookup(log.encoding)._is_text_encoding
        except (LookupError, ValueError):
            known = False
        if not known:
            help = "for example `utf-8`, `latin-1`, `cp1252`, `utf-16`"
            yield Fault("bad-value", f"`{log.encoding}` is not an encoding", "encoding", help=help)
    if log.dedupe not in (None, "id"):
        yield Fault("bad-value", f"`{log.dedupe}` tells no rows apart", "dedupe", help="allowed is `id`")
    if log.header == ():
        yield Fault("bad-value", "the header names no column", "header")


def _only_faults(only: Only) -> Iterator[Fault]:
    if not only.column.strip():
        yield Fault("bad-value", "the name of the column is empty", "column")
    if not only.values:
        yield Fault("bad-value", "no values are given", "values", help="no row could be kept")


def _mapping_faults(mapping: Mapping, left_out: LeftOut) -> Iterator[Fault]:
    for index, required in enumerate(mapping.requires):
        try:
            found = unmet(required, left_out)
        except ValueError as error:
            help = "write it like `comity-telephony >= 0.1`"
            yield Fault("bad-value", str(error), "requires", index, help=help)
            continue
        if found is not None:
            yield Fault("not-installed", found[0], "requires", index, help=found[1])
    if mapping.comity != 1:
        message = f"language version {mapping.comity} is not known"
        yield Fault("version", message, "comity", help="write `comity = 1`")
    yield from _named_zone_faults(mapping.zones)
    for index, fields in enumerate(mapping.also):
        if "at" not in fields:
            help = "it says when the further event is"
            yield Fault("missing-key", "`at` is missing", "also", index, help=help)


def check_options(fields: dict[str, FieldRule]) -> None:
    """Raise UsageError where a rule that options made is at fault."""
    for name, rule in fields.items():
        if name == "medium":
            raise UsageError(_MEDIUM)
        for fault in _rule_faults(name, rule, plain=True):
            raise UsageError(": ".join(filter(None, (f"`{name}`", fault.message, fault.help))))
