"""Which mapping a log is read with: a profile by its name, or a mapping, with the options of the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from comity.errors import UsageError, shown
from comity.plugins.manager import Plugins
from comity.requirements import unmet

if TYPE_CHECKING:
    from comity.readers import Mapping as LogMapping


def choose_mapping(
    mapping: LogMapping | str | None,
    options: Mapping[str, Sequence[str]] | None,
    dedupe: Literal["id"] | None,
    plugins: Plugins,
) -> LogMapping | None:
    """Return the mapping of a log with the options of its format; None if columns are found by their names.

    Raises UsageError for an unknown profile, another type, a wrong option, and a requirement that is not met.
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
    return with_dedupe(mapping if not options else with_options(mapping, options), dedupe)
