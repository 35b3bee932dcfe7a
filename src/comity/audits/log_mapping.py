"""Which mapping a log is read with: a profile by its name, or a mapping, with the options of the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from comity.errors import UsageError, shown
from comity.events.fields import FIELDS
from comity.plan import Plan
from comity.plugins.manager import Plugins
from comity.requirements import unmet

if TYPE_CHECKING:
    from comity.readers import Mapping as LogMapping


def choose_mapping(
    mapping: LogMapping | str | None,
    options: Mapping[str, Sequence[str]] | None,
    dedupe: Literal["id"] | None,
    plugins: Plugins,
    plan: Plan,
) -> LogMapping | None:
    """Return the mapping of a log with the options of its format; None if columns are found by their names.

    Raises UsageError for an unknown profile, another type, a wrong option, a requirement that is not met, and
    a `split` of an attribute that the policies read as one value.
    """
    from comity.readers import Mapping as KnownMapping
    from comity.readers import find_mapping, with_dedupe, with_options

    if isinstance(mapping, str):
        mapping = find_mapping(mapping, plugins.mappings, plugins.advise, plugins.channels, plugins.left_out)
    elif mapping is not None and not isinstance(mapping, KnownMapping):
        raise UsageError(f"mapping={shown(mapping)}: it must be a mapping, or the name of a profile")
    for required in mapping.requires if mapping is not None else ():
        if found := unmet(required, plugins.left_out):
            raise UsageError(": ".join(filter(None, found)))
    if mapping is not None:
        _check_splits(mapping, plan)
    return with_dedupe(mapping if not options else with_options(mapping, options), dedupe)


def _check_splits(mapping: LogMapping, plan: Plan) -> None:
    """Raise UsageError if a column is parted into several texts that a rule reads as one value."""
    parted = {
        name: None
        for fields in (mapping.fields, *mapping.also)
        for name, rule in fields.items()
        if rule.split is not None and name not in FIELDS
    }
    for name in parted:
        for rule in plan.rules:
            if name in rule.reads_one_value():
                raise UsageError(
                    f"the mapping parts `{name}` into several texts with `split`, and the rule `{rule.name}` "
                    f'reads it as one value: declare it, [attributes] {name} = "texts", or leave `split` out'
                )
