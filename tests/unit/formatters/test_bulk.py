from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.clock.instants import MAX_INSTANT, MIN_INSTANT, SECOND
from comity.errors import UsageError
from comity.formatters import machine
from comity.formatters.formatter import Style
from comity.formatters.machine import write_csv, write_json, write_jsonl, write_parquet
from comity.results.finding_keys import FINDING_KEYS
from comity.results.findings import Finding
from comity.results.report import Report, RuleCounts, Summary

HOSTILE = [
    "",
    '"',
    "a,b",
    "=1+1",
    " =1",
    "+49 30",
    "line\nbreak",
    "\r",
    "tab\t",
    "\\",
    "\x01",
    "é",
    "＝1",
    "-",
    "😀",
    "'",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), max_size=6))
instants = st.one_of(
    st.integers(MIN_INSTANT, MAX_INSTANT), st.integers(0, 4_000_000_000).map(lambda second: second * SECOND)
)
scopes = st.lists(st.tuples(texts, st.none() | texts), max_size=3, unique_by=lambda pair: pair[0]).map(tuple)


columns = st.just(FINDING_KEYS) | st.lists(st.sampled_from(FINDING_KEYS), min_size=1, unique=True)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    return Finding(
        policy=draw(texts),
        rule=draw(texts),
        kind=draw(texts),
        severity=draw(st.sampled_from(("error", "warning", "info"))),
        status=draw(st.sampled_from(("violation", "pending"))),
        person=draw(texts),
        scope=draw(scopes),
        event=draw(texts),
        at=draw(instants),
        evidence=tuple(draw(st.lists(texts, max_size=3))),
        measured=draw(texts),
        required=draw(texts),
        allowed_from=draw(st.none() | instants),
        due=draw(st.none() | instants),
        message=draw(texts),
    )


def report_of(found: Sequence[Finding]) -> Report:
    return Report(Summary(0, 0, 0, 0, 0, None, ("p",), {"p/r": RuleCounts()}), found)


def written(write: Any, report: Report, columns: Sequence[str] = FINDING_KEYS) -> bytes:
    style = Style(columns=tuple(columns))
    pieces = [piece if isinstance(piece, bytes) else piece.encode() for piece in write(report, style)]
    return b"".join(pieces)


@pytest.mark.parametrize("write", [write_json, write_jsonl, write_csv])
def test_many_findings_are_written_like_few(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(deadline=None)
    @given(st.lists(findings(), max_size=5), columns)
    def alike(found: list[Finding], columns: Sequence[str]) -> None:
        monkeypatch.setattr(machine, "MANY", 10**9)
        one_by_one = written(write, report_of(found), columns)
        monkeypatch.setattr(machine, "MANY", 0)
        assert written(write, report_of(found), columns) == one_by_one

    alike()


@settings(deadline=None)
@given(st.lists(findings(), max_size=5))
def test_parquet_holds_what_the_findings_say(found: list[Finding]) -> None:
    table = pq.read_table(io.BytesIO(written(write_parquet, report_of(found))))
    assert tuple(table.column_names) == FINDING_KEYS
    assert table.column("person").to_pylist() == [finding.person for finding in found]
    assert [tuple(scope) for scope in table.column("scope").to_pylist()] == [f.scope for f in found]
    assert [tuple(ids) for ids in table.column("evidence").to_pylist()] == [f.evidence for f in found]
    for name in ("at", "allowed_from", "due"):
        micros = table.column(name).cast("int64").to_pylist()
        assert micros == [getattr(finding, name) for finding in found]


@settings(deadline=None)
@given(st.lists(findings(), max_size=5), columns)
def test_parquet_has_the_chosen_columns_in_their_order(found: list[Finding], columns: Sequence[str]) -> None:
    everything = pq.read_table(io.BytesIO(written(write_parquet, report_of(found))))
    chosen = pq.read_table(io.BytesIO(written(write_parquet, report_of(found), columns)))
    assert chosen.equals(everything.select(list(columns)))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("rule", "persn"), "findings have no column `persn`: did you mean `person`?"),
        (("rule", "at", "rule"), "the column `rule` is named twice"),
        ((), "no columns are named"),
    ],
)
def test_columns_that_findings_do_not_have_are_refused(columns: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        list(report_of([]).findings.batches(columns))
