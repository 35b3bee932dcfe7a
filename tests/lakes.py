"""One small log, written to wherever a log may be, and what an audit of it finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from comity import Engine
from comity.audits.backends import BackEnd
from comity.results.report import Report

POLICY = """
comity = 1
[policy]
id = "gaps"
title = "Two days between messages"
version = "1"
[rules.gap]
kind = "minimum-gap"
contact = { kind = "message", channel = "email" }
gap = "2d"
"""
ENGINE = Engine.of(POLICY)
BACK_ENDS: tuple[BackEnd, ...] = ("online", "columnar")
both = pytest.mark.parametrize("back_end", BACK_ENDS)


def messages(person: str, days: Sequence[int], **more: Any) -> pa.Table:
    """Return a message to a person on each of these days of a month."""
    times = [dt.datetime(2026, 3, day, 12, tzinfo=dt.UTC) for day in days]
    texts = {"person": person, "kind": "message", "channel": "email", "direction": "outbound", **more}
    columns = {name: pa.array([value] * len(days), pa.string()) for name, value in texts.items()}
    return pa.table({"at": pa.array(times, pa.timestamp("us", "UTC")), **columns})


def found(report: Report) -> list[tuple[str, str | None]]:
    """Return the persons and the events of the findings."""
    return [(finding.person, finding.event) for finding in report.findings]
