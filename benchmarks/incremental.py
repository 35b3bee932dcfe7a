"""Audits night by night: the last night's run with a state against an audit of the whole log.

Each audit is a whole process (`comity audit`) that reads Parquet and writes CSV. The first run takes the
history up to the last days, then each day is a run. All runs together must count what the whole counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY = 86_400_000_000
START = 20_000 * DAY
KINDS = ("offer", "call", "question", "answer", "stop")
SHARES = (0.55, 0.25, 0.1, 0.09, 0.01)
POLICY = """comity = 1
[policy]
id = "nightly"
title = "Contacts, night by night"
version = "1"
timezone = "America/New_York"
[rules.rest]
kind = "minimum-gap"
contact = { kind = ["offer", "call"] }
gap = "2d"
until = { direction = "inbound" }
[rules.at-most-four]
kind = "maximum-contacts"
contact = { kind = ["offer", "call"] }
limit = 4
window = "WINDOW"
[rules.answered]
kind = "response-window"
after = { kind = "question", direction = "inbound" }
expect = { kind = "answer" }
within = "2 business days"
[rules.stopped]
kind = "stop-after"
contact = { kind = ["offer", "call"] }
after = { kind = "stop" }
[rules.hours]
kind = "contact-hours"
contact = { kind = "call" }
deny = [{ from = 21:00:00, to = 08:00:00 }]
"""


def write_day(path: Path, day: int, events: int, persons: int) -> None:
    """Write the events of one day."""
    draw = np.random.default_rng(day)
    at = START + day * DAY + np.sort(draw.integers(0, DAY, events))
    kinds = draw.choice(len(KINDS), events, p=SHARES)
    names = np.array(KINDS)[kinds]
    inbound = np.isin(kinds, (2, 4))
    table = pa.table(
        {
            "id": [f"{day}-{number}" for number in range(events)],
            "person": [
                f"person-{number:07}" for number in (persons * draw.random(events) ** 1.3).astype(int)
            ],
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            "kind": names.tolist(),
            "channel": np.where(names == "call", "phone", "email").tolist(),
            "direction": np.where(inbound, "inbound", "outbound").tolist(),
        }
    )
    pq.write_table(table, path, compression="zstd")


def audit(logs: Sequence[Path], *options: str) -> tuple[float, float]:
    """Run `comity audit` as a process; return its seconds and its peak memory in MiB."""
    command = [sys.executable, "-m", "comity", "audit", *map(str, logs), *options, "--fail-on", "never"]
    began = time.perf_counter()
    process = os.posix_spawn(sys.executable, command, os.environ)
    _, status, used = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"failed: {' '.join(command[:6])} ...")
    return time.perf_counter() - began, used.ru_maxrss / 1024


def main() -> None:
    """Print seconds, memory and bytes of the last night and of the whole."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--events", type=int, default=100_000, help="of each day")
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--nights", type=int, default=10, help="the last days, each a run of its own")
    parser.add_argument("--window", default="30d", help="of the rule that looks back furthest")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        logs = [folder / f"day-{day:03}.parquet" for day in range(options.days)]
        for day, path in enumerate(logs):
            write_day(path, day, options.events, options.persons)
        (folder / "nightly.toml").write_text(POLICY.replace("WINDOW", options.window))
        given = (
            "--policy",
            str(folder / "nightly.toml"),
            "--format",
            "csv",
            "--output",
            str(folder / "found.csv"),
        )
        state = ("--state", str(folder / "state"))
        first, first_peak = audit(logs[: -options.nights], *given, *state)
        nights = [audit([path], *given, *state) for path in logs[-options.nights :]]
        whole, whole_peak = audit(logs, *given)
        size = sum(path.stat().st_size for path in (folder / "state").iterdir())
        log_size = sum(path.stat().st_size for path in logs)
        seconds = [each for each, _ in nights]
        print(
            f"{options.days} days of {options.events:,} events, {options.persons:,} persons, {options.window}"
        )
        print(f"whole log: {whole:.1f} s, {whole_peak:.0f} MiB, {log_size / 2**20:.0f} MiB of logs")
        print(f"first run of {options.days - options.nights} days: {first:.1f} s, {first_peak:.0f} MiB")
        print(
            f"a night: {statistics.median(seconds):.1f} s (least {min(seconds):.1f}), "
            f"{max(peak for _, peak in nights):.0f} MiB, {size / 2**20:.0f} MiB of state"
        )
        check(folder, logs)


def check(folder: Path, logs: Sequence[Path]) -> None:
    """Compare the counts of all runs with those of the whole log."""
    from comity import Engine

    manifest = json.loads((folder / "state" / "comity-state.json").read_text("utf-8"))
    engine = Engine.of(folder / "nightly.toml")
    report = engine.audit(engine.log(*map(str, logs)))
    for name, tally in report.summary.by_rule.items():
        known = manifest["now"]["totals"]["by_rule"][name]
        counts = ("judged", "violation", "pending", "indeterminate")
        assert [known[each] for each in counts] == [getattr(tally, each) for each in counts], name
    said = sum(run["found"] - run["withdrawn"] for run in manifest["now"]["runs"])
    assert said == len(report.findings)
    print(f"{said:,} findings stand after all runs, as many as in the whole")


if __name__ == "__main__":
    main()
