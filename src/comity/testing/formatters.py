"""Checking a formatter: hostile texts, a stable order, the same bytes each time, and reading back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from comity.formatters import Formatter, Style
from comity.results.finding_keys import FINDING_KEYS
from comity.results.findings import Finding, FindingList
from comity.results.report import Rejection, Report, RuleCounts, Summary
from comity.testing.hostile import TEXTS

ReadBack = Callable[[bytes], Sequence[Mapping[str, Any]]]
"""Reads written findings back: one mapping for each, with some of the keys of `Finding.to_dict`."""


def check_formatter(
    formatter: Formatter,
    read_back: ReadBack | None = None,
    *,
    same: Callable[[str, Any, Any], bool] = lambda key, wanted, found: bool(wanted == found),
) -> None:
    """Check a formatter on reports without findings, with one, with many, and with hostile texts.

    It must write text, or bytes if it says so, that are the same each time; text must be UTF-8. With
    `read_back`, what is read must be all findings of the report, in order; `same` compares the values of a
    key. Raises AssertionError with the difference.
    """
    for what, report in reports():
        written = _write(formatter, report, what)
        assert _write(formatter, report, what) == written, f"{what}: writing it again gives something else"
        if read_back is None:
            continue
        rows = read_back(written)
        assert len(rows) == len(report.findings), (
            f"{what}: {len(rows)} findings are read back, not {len(report.findings)}"
        )
        for place, (row, finding) in enumerate(zip(rows, report.findings, strict=True)):
            wanted = finding.to_dict()
            assert row, f"{what}: nothing is read back of finding {place}"
            assert set(row) <= set(FINDING_KEYS), f"{what}: a finding is read back as {row!r}"
            for key, value in row.items():
                assert same(key, wanted[key], value), (
                    f"{what}: `{key}` of finding {place} is read back as {value!r}, not {wanted[key]!r}"
                )


def reports() -> Iterator[tuple[str, Report]]:
    """Yield reports, each with a description."""
    yield "no findings", _report([])
    yield "one finding", _report([_finding(0)])
    statuses = ("violation", "pending", "indeterminate")
    severities = ("error", "warning", "info")
    mixed = [
        _finding(n, status=statuses[n % 3], severity=severities[n // 3 % 3], rule=f"rule-{n % 7}")
        for n in range(500)
    ]
    yield "many findings", _report(mixed)
    for number, text in enumerate(TEXTS):
        hostile = _finding(
            number,
            person=text,
            event=text,
            measured=text,
            required=text,
            message=text,
            evidence=(text, text),
            scope=(("person", text), ("matter", None)),
        )
        yield f"the hostile text {text[:20]!r}", _report([_finding(0), hostile])
    extreme = [_finding(0, at=at, allowed_from=at, due=None) for at in (-(10**15), 0, 1, 4 * 10**15)]
    yield "instants far away and finer than milliseconds", _report(extreme)


def _write(formatter: Formatter, report: Report, what: str) -> bytes:
    pieces = list(formatter.write(report, Style()))
    data = []
    for piece in pieces:
        if isinstance(piece, bytes):
            data.append(piece)
        else:
            assert not formatter.binary, f"{what}: a binary formatter writes text"
            data.append(piece.encode("utf-8", "backslashreplace"))
    return b"".join(data)


def _finding(number: int, **changes: object) -> Finding:
    given: dict[str, Any] = {
        "policy": "check",
        "rule": "rule",
        "kind": "maximum-contacts",
        "severity": "error",
        "status": "violation",
        "person": "ann",
        "scope": (("person", "ann"),),
        "event": f"#{number + 1}",
        "at": 1_740_000_000_000_000 + number * 3_600_000_000,
        "evidence": ("#1", "#2"),
        "measured": "2 in 7d",
        "required": "at most 2 in 7d",
        "allowed_from": 1_750_000_000_000_000,
        "due": None,
        "message": "The call makes 2 in 7d; at most 2 are allowed.",
    }
    return Finding(**{**given, **changes})


def _report(findings: list[Finding]) -> Report:
    rules = sorted({f"{finding.policy}/{finding.rule}" for finding in findings}) or ["check/rule"]
    summary = Summary(
        rows_read=len(findings) + 1,
        rows_rejected=1,
        rows_skipped=0,
        events=len(findings),
        persons=1,
        as_of=max((finding.at for finding in findings), default=None),
        policies=("check",),
        by_rule={name: RuleCounts(judged=len(findings), violation=len(findings)) for name in rules},
    )
    rejections = [Rejection("log.csv", 3, "`person` is empty", {"at": "=1+1"})]
    return Report(summary, FindingList(findings), rejections)
