"""How seconds, memory and bytes on disk grow with a log: a model fitted to measured audits.

Each audit is a whole process that reads Parquet and writes the peers' columns as CSV. The model of the
seconds is a sum: one part for the start, one for each event, one for each event and rule, and one for each
finding. It is fitted so that the relative errors are least. It also foretells larger logs.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import attrs
import numpy as np
from columnar import logs_of, run

RULES = {"five": 5, "hundred": 100}
AHEAD = (10**9, 10**10)
A_PERSON = 20
"""Events of a person in the logs of the benchmark."""


@attrs.frozen
class Point:
    """One measured audit."""

    events: int
    rules: int
    findings: int
    seconds: float
    busy: float
    """Seconds of processors."""
    peak: float
    """MiB."""
    disk: int
    """Bytes of the log."""
    memory: str | None

    def terms(self) -> list[float]:
        """Return what the parts of the model count, in millions except the start."""
        return [1.0, self.events / 1e6, self.events * self.rules / 1e6, self.findings / 1e6]


def main() -> None:
    """Print the points, the model and what it says of larger logs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the logs there, and take those that are there")
    parser.add_argument("--memory", default="2GiB", help="for logs of more than ten million events")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        points = [
            _measure(folder, events, variant, policy, options.runs, options.memory)
            for events in options.events
            for variant, policy in _forms(events)
        ]
    parts = _fit([point.terms() for point in points], [point.seconds for point in points])
    busy = _fit([point.terms() for point in points], [point.busy for point in points])
    heads = ("events", "rules", "findings", "s", "model", "processor s", "MiB", "MiB on disk", "memory")
    print("".join(f"{head:>14}" for head in heads))
    for point in points:
        told = (
            f"{point.events:14,}{point.rules:14}{point.findings:14,}{point.seconds:14.2f}"
            f"{float(np.dot(parts, point.terms())):14.2f}{point.busy:14.2f}{point.peak:14.0f}"
            f"{point.disk / 2**20:14.0f}{point.memory or 'no limit':>14}"
        )
        print(told)
    for what, found in (("seconds", parts), ("processor seconds", busy)):
        start, event, rule, finding = found
        print(
            f"{what} = {start:.2f} + {event:.3f} a million events + {rule:.4f} a million events and rule"
            f" + {finding:.2f} a million findings"
        )
    for events in AHEAD:
        terms = [1.0, events / 1e6, events * 5 / 1e6, events * 0.012 / 1e6]
        minutes, hours = float(np.dot(parts, terms)) / 60, float(np.dot(busy, terms)) / 3600
        print(
            f"{events:,} events of {events // A_PERSON:,} persons, five rules, 1.2% findings:"
            f" {minutes:.0f} minutes, {hours:.1f} processor hours"
        )


def _forms(events: int) -> list[tuple[str, str]]:
    forms = [("few", "five")]
    if events <= 10_000_000:
        forms += [("many", "five"), ("few", "hundred")]
    return forms


def _measure(folder: Path, events: int, variant: str, policy: str, runs: int, memory: str) -> Point:
    log = logs_of(folder, events, variant, csv=False)[0]
    limit = memory if events > 10_000_000 else None
    further = [] if limit is None else ["--memory", limit]
    found = [run("comity", log, policy, further) for _ in range(runs)]
    findings = sum(found[-1].counts.values())
    return Point(
        events,
        RULES[policy],
        findings,
        statistics.median(each.seconds for each in found),
        statistics.median(each.busy for each in found),
        statistics.median(each.peak for each in found),
        log.stat().st_size,
        limit,
    )


def _fit(terms: list[list[float]], seconds: list[float]) -> list[float]:
    """Return the parts of the model, none of them negative, with the least relative errors."""
    rows, wanted = np.array(terms), np.array(seconds)
    weighted, ones = rows / wanted[:, None], np.ones(len(wanted))
    used = list(range(rows.shape[1]))
    while True:
        solved, *_ = np.linalg.lstsq(weighted[:, used], ones, rcond=None)
        if solved.min() >= 0:
            break
        # A part that would be negative is none.
        used.pop(int(solved.argmin()))
    parts = [0.0] * rows.shape[1]
    for place, value in zip(used, solved.tolist(), strict=True):
        parts[place] = value
    return parts


if __name__ == "__main__":
    main()
