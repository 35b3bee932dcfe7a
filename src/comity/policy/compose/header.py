"""The header of a policy file: the language version, the metadata, and what must be installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs
import cattrs

from comity.documents import Fault, faults_of
from comity.policy.compose.faults import (
    AddFault,
    check_effective,
    check_for_inherited,
    check_review,
    under,
    wrong_type_at,
)
from comity.policy.model import Metadata
from comity.policy.types import PolicyId, Required, ZoneName
from comity.requirements import LeftOut, unmet

UNKNOWN: Final = Metadata(PolicyId("unknown"), "", "", timezone=ZoneName("UTC"))
"""Stands in for metadata whose faults are reported already."""


def read_header(
    data: Mapping[str, object], converter: cattrs.Converter, left_out: LeftOut, report: AddFault
) -> Metadata:
    """Read the metadata of a policy file and report every fault of its header."""
    _check_version(data, report)
    meta = _read_metadata(data, converter, left_out, report)
    if "requires" in data:
        required = _read_required(data["requires"], converter, left_out, report)
        meta = attrs.evolve(meta, requires=(*meta.requires, *required))
    return meta


def _check_version(data: Mapping[str, object], report: AddFault) -> None:
    if "comity" not in data:
        report(Fault("missing-key", "`comity` is missing", help="write `comity = 1` as the first line"))
    elif type(data["comity"]) is not int:
        report(wrong_type_at(data["comity"], "the language version", "comity"))
    elif data["comity"] != 1:
        report(
            Fault(
                "bad-value",
                f"language version `{data['comity']}` is not known",
                "comity",
                help="this comity reads version 1",
            )
        )


def _read_metadata(
    data: Mapping[str, object], converter: cattrs.Converter, left_out: LeftOut, report: AddFault
) -> Metadata:
    if "policy" not in data:
        report(
            Fault(
                "missing-key",
                "the table `[policy]` is missing",
                help="it needs at least `id`, `title` and `version`",
            )
        )
        return UNKNOWN
    try:
        meta: Metadata = converter.structure(data["policy"], Metadata)
    except Exception as error:
        faults = list(faults_of(error))
        for fault in faults:
            report(under(fault, "policy"))
        return _salvage(data["policy"], faults, converter)
    _check_installed(meta.requires, left_out, report, "policy", "requires")
    if meta.effective is not None:
        for fault in check_effective(meta.effective):
            report(under(fault, "policy", "effective"))
    for fault in (*check_review(meta.checked, meta.review_by), *check_for_inherited(meta)):
        report(under(fault, "policy"))
    return meta


def _read_required(
    table: object, converter: cattrs.Converter, left_out: LeftOut, report: AddFault
) -> tuple[Required, ...]:
    """Read a `requires` at the top of the file, where a mapping has it too."""
    try:
        required: tuple[Required, ...] = converter.structure(table, tuple[Required, ...])
    except Exception as error:
        for fault in faults_of(error):
            report(under(fault, "requires"))
        return ()
    _check_installed(required, left_out, report, "requires")
    return required


def _check_installed(required: Iterable[str], left_out: LeftOut, report: AddFault, *path: str) -> None:
    for index, each in enumerate(required):
        if found := unmet(each, left_out):
            message, advice = found
            report(Fault("not-installed", message, *path, index, help=advice))


def _salvage(table: object, faults: list[Fault], converter: cattrs.Converter) -> Metadata:
    """Keep the metadata without a fault, so that faults in the rest of the file are found too."""
    if not isinstance(table, dict):
        return UNKNOWN
    broken = {fault.path[0] for fault in faults if fault.path}
    filled = {"id": UNKNOWN.id, "title": "", "version": ""}
    filled |= {key: value for key, value in table.items() if key not in broken}
    meta: Metadata = converter.structure(filled, Metadata)
    return attrs.evolve(meta, timezone=UNKNOWN.timezone) if "timezone" in broken else meta
