"""Options that map columns and set constants, on top of a mapping file."""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence

import attrs

from comity.errors import UsageError, shown
from comity.readers.mapping.mapping import FieldRule, Mapping
from comity.readers.mapping.mapping_faults import check_options


def mapping_from_options(base: Mapping | None, maps: Sequence[str], sets: Sequence[str]) -> Mapping:
    """Add `FIELD=COLUMN` and `FIELD=VALUE` texts to a mapping, whose rules of these fields they replace.

    Raises UsageError for a malformed text and for a field that is given twice.
    """
    given: dict[str, FieldRule] = {}
    for option, texts, what in (("--map", maps, "COLUMN"), ("--set", sets, "VALUE")):
        for text in texts:
            field, equals, rest = text.partition("=")
            field, rest = field.strip(), rest.strip()
            if not (field and equals and rest):
                raise UsageError(f"{option} `{text}` is not FIELD={what}")
            if field in given:
                raise UsageError(f"{option} `{text}`: `{field}` is given twice")
            given[field] = FieldRule(column=rest) if option == "--map" else FieldRule(value=rest)
    check_options(given)
    base = base or Mapping(1)
    return attrs.evolve(base, fields={**base.fields, **given})


def with_dedupe(base: Mapping | None, dedupe: str | None) -> Mapping:
    """Have rows that were there before skipped, by their `id`; None leaves that to the mapping.

    Raises UsageError for what else rows could be told apart by.
    """
    base = base or Mapping(1)
    if dedupe is None:
        return base
    given: object = dedupe
    if not isinstance(given, str) or given != "id":
        raise UsageError(
            f"`{given if isinstance(given, str) else shown(given)}` is not a way to tell rows apart: "
            "allowed is `id`"
        )
    return attrs.evolve(base, log=attrs.evolve(base.log, dedupe=dedupe))


def with_options(base: Mapping | None, options: Table[str, Sequence[str]]) -> Mapping:
    """Set a reader's own options, in place of those that the mapping sets."""
    base = base or Mapping(1)
    if type(options) is not dict or not all(
        isinstance(name, str) and isinstance(values, str | Sequence) for name, values in options.items()
    ):
        raise UsageError(f"the options {shown(options)} are no mapping of names to lists of texts")
    given = {
        name: (values,) if isinstance(values, str) else tuple(values) for name, values in options.items()
    }
    return attrs.evolve(base, log=attrs.evolve(base.log, options={**base.log.options, **given}))
