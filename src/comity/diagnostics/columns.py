"""Attributes that policies read but for which a log has no column."""

from __future__ import annotations

from collections.abc import Iterator

from comity.diagnostics.facts import Facts
from comity.events.fields import FIELDS
from comity.notices import Notice

_MOST_FILES = 3


def missing_columns(facts: Facts) -> Iterator[Notice]:
    """Yield a notice for each attribute that rules read but for which a file of the log has no column."""
    lacking = getattr(facts.source, "lacking", None)
    if lacking is None or not facts.summary.events:
        return
    for name, files in sorted(lacking().items()):
        if name in FIELDS or name not in facts.plan.asked():
            continue
        if name in facts.absent:
            said = "the log has no column"
        else:
            more = ", …" if len(files) > _MOST_FILES else ""
            named = ", ".join(f"`{file}`" for file in files[:_MOST_FILES])
            have = "has" if len(files) == 1 else "have"
            said = f"{len(files):,} of the log's files ({named}{more}) {have} no column"
        yield Notice(
            "column-missing",
            f"{said} `{name}`, which the policies read",
            count=len(files),
            example=name,
            help=f"it counts as absent; if another column has it, give --map {name}=COLUMN",
        )
