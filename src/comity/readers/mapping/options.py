"""Options that add to a mapping: columns and constants of fields, readers' options, repeated rows."""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence

import attrs

from comity.errors import UsageError, shown
from comity.readers.mapping.mapping import FieldRule, Mapping
from comity.readers.mapping.mapping_faults import check_options


def mapping_from_options(base: Mapping | None, maps: Sequence[str], sets: Sequence[str]) -> Mapping:
    """Return a mapping with the rules of `FIELD=COLUMN` (`maps`) and `FIELD=VALUE` (`sets`) texts.

    They replace the mapping's own rules of these fields. Raises UsageError for a malformed text, and for a
    field that is given twice.
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
    """Return a mapping by which repeated rows are skipped where `dedupe` is `id`; None changes nothing.

    Raises UsageError for any other value.
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
    """Return a mapping with options of a reader, in place of those that it sets; raises UsageError."""
    base = base or Mapping(1)
    if type(options) is not dict or not all(
        isinstance(name, str) and isinstance(values, str | Sequence) for name, values in options.items()
    ):
        raise UsageError(f"the options {shown(options)} are not a mapping of names to lists of texts")
    given = {
        name: (values,) if isinstance(values, str) else tuple(values) for name, values in options.items()
    }
    return attrs.evolve(base, log=attrs.evolve(base.log, options={**base.log.options, **given}))
