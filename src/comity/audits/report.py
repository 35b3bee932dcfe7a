"""The report of an audit: what a back end found, with notices and the rows that were rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import attrs

from comity.diagnostics import Facts, notices_of
from comity.errors import InputError
from comity.events.sources import Noticing
from comity.notices import Notice
from comity.results.findings import Finding
from comity.results.report import Rejection, Report


@runtime_checkable
class Rejecting(Protocol):
    """A source that keeps the first rows that are not events."""

    rejections: Sequence[Rejection]


def report_of(
    facts: Facts, findings: Sequence[Finding], notices: Sequence[Notice], *, refuse_rejected: bool
) -> Report:
    """Make the report of an audit; `notices` are those of loading the policies and plugins.

    With `refuse_rejected` a rejected row raises InputError.
    """
    source = facts.source
    of_source = source.notices() if isinstance(source, Noticing) else ()
    summary = attrs.evolve(facts.summary, notices=(*notices, *of_source, *notices_of(facts)))
    rejections = tuple(source.rejections) if isinstance(source, Rejecting) else ()
    if refuse_rejected and summary.rows_rejected:
        raise InputError(rejected_text(summary.rows_rejected, rejections))
    return Report(summary, findings, rejections)


def rejected_text(count: int, rejections: Sequence[Rejection]) -> str:
    """Say that rows were rejected, and why the first of them was."""
    rows = "1 row was" if count == 1 else f"{count:,} rows were"
    first = next((f": {each.file}, row {each.row}: {each.reason}" for each in rejections), "")
    return f"{rows} rejected{first}"
