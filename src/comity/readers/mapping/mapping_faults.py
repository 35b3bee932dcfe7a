"""What is wrong with the rules of a mapping, beyond the types of its values."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import Final

from comity.clock.zones import find_zone, find_zones
from comity.documents import Fault, Path, written
from comity.errors import EventError, UsageError, one_of, suggest
from comity.events.channels.directions import parse_direction
from comity.readers.mapping.mapping import MAPPABLE, TIME_FORMATS, FieldRule, LogFormat, Mapping, Only
from comity.readers.mapping.patterns import is_pattern, pattern_faults
from comity.requirements import LeftOut, unmet

_OF_ATTRIBUTES: Final = ("format", "split")
"""Keys that attributes have, too."""
NO_MEDIUM: Final = "`medium` follows from the channel: map `channel`"


def rule_faults(name: str, rule: FieldRule, *, plain: bool) -> Iterator[Fault]:
    """Find what is wrong with the rule of a field or attribute; a `plain` rule is a column's name alone."""
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
        if getattr(rule, key) is not None and name != of and (key not in _OF_ATTRIBUTES or name in MAPPABLE):
            where = "with `matter` and with attributes" if key == "split" else f"with the field `{of}`"
            yield Fault("bad-value", f"`{key}` goes {where} only", key, of_key=True)
    if rule.address is not None and name in ("at", "kind", "channel", "direction", "matter", "timezone"):
        yield Fault("bad-value", f"`address` does not go with the field `{name}`", "address", of_key=True)
    if rule.region is not None and rule.address is None:
        yield Fault("bad-value", "`region` goes with `address` only", "region", of_key=True)
    yield from _notation_faults(name, rule)
    if rule.split is not None and name not in MAPPABLE and (rule.column is None or rule.address is not None):
        yield Fault("bad-value", "`split` goes with a `column` of texts alone", "split", of_key=True)
    if rule.split is not None and name not in MAPPABLE:
        for word, given in (rule.values or {}).items():
            if not isinstance(given, str):
                message = f"`{written(given)}` is not text, and `split` gives texts"
                yield Fault("wrong-type", message, "values", word)
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
    """Find what is wrong with the signs and the format in which an attribute is written."""
    for key in ("decimal", "thousands"):
        sign = getattr(rule, key)
        if sign is None:
            continue
        if name in MAPPABLE:
            yield Fault("bad-value", f"`{key}` goes with attributes only", key, of_key=True)
        elif rule.column is None or rule.values is not None or rule.address is not None:
            yield Fault("bad-value", f"`{key}` goes with a `column` of numbers alone", key, of_key=True)
        elif rule.split is not None:
            yield Fault("bad-value", f"`{key}` does not go with `split`", key, of_key=True)
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
        elif rule.split is not None:
            yield Fault("bad-value", "`format` does not go with `split`", "format", of_key=True)


def _word_faults(name: str, rule: FieldRule) -> Iterator[Fault]:
    """Find the texts that stand for a direction or a zone and are not one."""
    checks: dict[str, Callable[[str], object]] = {"direction": parse_direction, "timezone": find_zones}
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
    """Find the names that are not an abbreviation, and those that do not stand for a zone."""
    for name, zone in zones.items():
        if not (name.isascii() and name.isalpha()):
            yield Fault(
                "bad-value", f"`{name}` is not an abbreviation: it must have only letters", "zones", name
            )
        yield from _zone_faults(zone, "zones", name)


def log_faults(log: LogFormat, formats: tuple[str, ...] | None) -> Iterator[Fault]:
    """Find what is wrong with `[log]`; `formats` are the allowed formats (None: any)."""
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
        yield Fault(
            "bad-value", f"`{log.dedupe}` is not a way to tell rows apart", "dedupe", help="allowed is `id`"
        )
    if log.header == ():
        yield Fault("bad-value", "the header names no column", "header")


def only_faults(only: Only) -> Iterator[Fault]:
    """Find what is wrong with one `[[only]]`."""
    if not only.column.strip():
        yield Fault("bad-value", "the name of the column is empty", "column")
    if not only.values:
        yield Fault("bad-value", "no values are given", "values", help="no row could be kept")


def mapping_faults(mapping: Mapping, left_out: LeftOut) -> Iterator[Fault]:
    """Find what is wrong with a mapping as a whole; `left_out` says why a plugin is not in use."""
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
            help = "it says when the further event happens"
            yield Fault("missing-key", "`at` is missing", "also", index, help=help)


def check_options(fields: dict[str, FieldRule]) -> None:
    """Raise UsageError where a rule that options made has a fault."""
    for name, rule in fields.items():
        if name == "medium":
            raise UsageError(NO_MEDIUM)
        for fault in rule_faults(name, rule, plain=True):
            raise UsageError(": ".join(filter(None, (f"`{name}`", fault.message, fault.help))))
