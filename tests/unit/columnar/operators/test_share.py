"""Shares in both back ends: the same findings, and the same counts of events without a field of the scope."""

from __future__ import annotations

from itertools import product

import pytest

from comity import Engine, Event

POLICY = """
comity = 1
policy = {{ id = "p", title = "P", version = "1", timezone = "America/New_York" }}
[rules.part]
kind = "maximum-share"
contact = {{ outcome = "dropped" }}
of = {{ kind = "call" }}
share = "40%"
window = "{window}"
per = ["actor", "person"]
absent = "{absent}"
"""


@pytest.mark.parametrize("window", ["same day", "24h"])
@pytest.mark.parametrize("absent", ["pool", "skip", "alone"])
def test_both_back_ends_report_the_same(window: str, absent: str) -> None:
    engine = Engine.of(POLICY.format(window=window, absent=absent))
    fields = product(("call", "letter"), ("dropped", None), ("north", None), ((), ("M1", "M2")))
    events = [
        Event("ann", 1_725_148_800_000_000 + number, kind=kind, outcome=outcome, actor=actor, matter=matter)
        for number, (kind, outcome, actor, matter) in enumerate(fields)
    ]
    online, columnar = (engine.audit(events, engine=back_end) for back_end in ("online", "columnar"))
    assert columnar.summary == online.summary
    assert list(columnar.findings) == list(online.findings)
    assert online.summary.by_rule["p/part"].lacking == {"actor": 4}  # A letter is no part of the calls.
