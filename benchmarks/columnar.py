"""Whole audits by columns against DuckDB, Polars, pandas, plain Python and only reading the file.

Every figure is of a whole process with its start-up. The programs take turns, so that all of them meet the
same machine; medians of the rounds are printed, and the ratios are of medians. The peers find the same
violations, which is checked, and write (rule, person, event, at). comity writes the same columns and the
status of each finding, and in a program of its own (`comity whole`) all columns of its findings. Beside the
seconds there is the processor time of each program, which other programs on the machine change less.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import attrs

VARIANTS = ("few", "many")
POLICY = """comity = 1
[policy]
id = "contacts"
title = "What the benchmarks measure"
version = "1.0"
{zone}
[events.follow-up]
kind = "follow-up"
direction = "outbound"
[events.call]
kind = "call"
direction = "outbound"
[rules.thanks]
kind = "thank-you-window"
after = {{ kind = "interview" }}
[rules.gap]
kind = "minimum-gap"
contact = "follow-up"
gap = "7d"
[rules.three]
kind = "maximum-contacts"
contact = {{}}
limit = 3
window = "30d"
[rules.calls]
kind = "maximum-contacts"
contact = "call"
limit = 7
window = "7d"
[rules.stop]
kind = "stop-after"
contact = {{}}
after = {{ kind = "opt-out" }}
"""
FURTHER = """
[events.unanswered-call]
kind = "call"
not = { preceded-by = { event = { kind = "reply" }, in-last = "2 business days" } }
[rules.hours]
kind = "contact-hours"
contact = "call"
deny = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = 21:00:00, to = 08:00:00 }]
[rules.days]
kind = "maximum-contacts"
contact = {}
limit = 5
window = "30 calendar days"
[rules.asked]
kind = "minimum-gap"
contact = "unanswered-call"
gap = "2 calendar days"
"""
SERIES = """
[rules.thanks-{n}]
kind = "thank-you-window"
after = {{ kind = "interview" }}
within = "{hours}h"
[rules.gap-{n}]
kind = "minimum-gap"
contact = "follow-up"
gap = "{gap}h"
[rules.contacts-{n}]
kind = "maximum-contacts"
contact = {{}}
limit = {n}
window = "{days}d"
[rules.calls-{n}]
kind = "maximum-contacts"
contact = "call"
limit = {n}
window = "{n}d"
[rules.stop-{n}]
kind = "stop-after"
contact = {{}}
after = {{ kind = "opt-out" }}
honour-within = "{n}d"
"""
POLICIES = {
    "five": POLICY.format(zone=""),
    "eight": POLICY.format(zone='timezone = "America/New_York"') + FURTHER,
    "hundred": POLICY.format(zone="")
    + "".join(SERIES.format(n=n, hours=24 + n, gap=168 - n, days=30 + n) for n in range(4, 23)),
}
COLUMNS = "rule,status,person,event,at"
"""What comity writes beside its peers; the status tells violations from what is still open."""
OPTIONS = {
    "comity": ["--columns", COLUMNS],
    "comity whole": [],
    "comity 512MiB": ["--columns", COLUMNS, "--memory", "512MiB"],
}
FLOORS = ("read-arrow", "read-polars")
SLOW = ("pandas", "plain")
HERE = Path(__file__).parent


COMPILE = "import comity, compileall; compileall.compile_dir(comity.__path__[0], quiet=1)"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--runs", type=int, default=5, help="rounds; pandas and plain Python run once")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--folder", type=Path, help="keep the logs there, and take those that are there")
    parser.add_argument("--no-slow", action="store_true", help="leave pandas and plain Python out")
    options = parser.parse_args()
    # As pip would have installed it, whatever the environment says about writing bytecode.
    subprocess.run([sys.executable, "-c", COMPILE], check=True)
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {_processor()}")
    with tempfile.TemporaryDirectory() as folder:
        for events in options.events:
            for variant in options.variants:
                logs = logs_of(options.folder or Path(folder), events, variant)
                for path in logs:
                    _table(path, events, options.runs, slow=not options.no_slow)
                if options.folder is None:
                    for path in logs:
                        path.unlink()


def logs_of(
    folder: Path, events: int, variant: str, *, shuffled: bool = False, csv: bool = True
) -> list[Path]:
    """Return the log as CSV, if wanted, and as Parquet; they are made if they are not in the folder."""
    name = f"{variant}-{events}" + ("-shuffled" if shuffled else "")
    paths = [folder / f"{name}.csv"] * csv + [folder / f"{name}.parquet"]
    further = ["--shuffled"] * shuffled + ["--no-csv"] * (not csv)
    if not all(path.exists() for path in paths):
        # A process of its own: what it takes of memory would count as that of the programs started later.
        command = [sys.executable, str(HERE / "contacts.py"), str(folder), "--events", str(events)]
        subprocess.run([*command, "--variant", variant, *further], check=True, stdout=subprocess.DEVNULL)
    return paths


def _table(log: Path, events: int, runs: int, *, slow: bool) -> None:
    """Compare with the peers."""
    names = [*OPTIONS, "duckdb", "polars", *FLOORS, *(SLOW if slow else ())]
    times: dict[str, list[float]] = {name: [] for name in names}
    busy: dict[str, list[float]] = {name: [] for name in names}
    peaks: dict[str, float] = {}
    counts: dict[str, dict[str, int]] = {}
    for round_ in range(runs):
        # Nobody is always first, or always behind the same one.
        for name in [*names[round_ % len(names) :], *names[: round_ % len(names)]]:
            if round_ and name in SLOW:
                continue
            found = run(name, log)
            times[name].append(found.seconds)
            busy[name].append(found.busy)
            peaks[name], counts[name] = found.peak, found.counts
    medians = {name: statistics.median(found) for name, found in times.items()}
    floor = min(medians[name] for name in FLOORS)
    sys.stdout.flush()
    print(f"\n{log.name}: {events:,} events, {sum(counts['comity'].values()):,} violations")
    heads = ("s", "from", "to", "processor s", "peak MiB", "comity / it")
    print(f"  {'':<14}" + "".join(f"{head:>12}" for head in heads))
    for name in names:
        row = (medians[name], min(times[name]), max(times[name]), statistics.median(busy[name]))
        ratio = medians["comity"] / medians[name]
        told = "".join(f"{value:12.2f}" for value in row) + f"{peaks[name]:12.0f}{ratio:12.2f}"
        print(f"  {name:<14}{told}{_verdict(name, counts)}")
    print(f"  comity / only reading, the faster of the two: {medians['comity'] / floor:.2f}")


def _verdict(name: str, counts: dict[str, dict[str, int]]) -> str:
    if name in FLOORS or name == "comity":
        return ""
    mine = {rule: count for rule, count in counts["comity"].items() if count}
    theirs = {rule: count for rule, count in counts[name].items() if count}
    return "  equal" if mine == theirs else f"  DIFFERS: {theirs} for {mine}"


@attrs.frozen
class Run:
    """What one program took, and found."""

    seconds: float
    busy: float
    """Seconds of processors."""
    peak: float
    """MiB."""
    counts: dict[str, int]
    """Violations by rule."""


def run(name: str, log: Path, policy: str = "five", further: Sequence[str] = (), status: int = 0) -> Run:
    """Run one program; `further` are options of `comity audit`, `status` is what it must exit with."""
    with tempfile.TemporaryDirectory(dir=log.parent) as folder:
        output = Path(folder) / "found.csv"
        if name in OPTIONS:
            path = Path(folder) / "policy.toml"
            path.write_text(POLICIES[policy])
            comity = shutil.which("comity", path=str(Path(sys.executable).parent)) or "comity"
            command = [comity, "audit", str(log), "--policy", str(path), "--fail-on", "never"]
            command += ["--format", "csv", "--output", str(output)]
            command += [*OPTIONS[name], *further]
        else:
            command = [sys.executable, str(HERE / "peers.py"), name, str(log), str(output)]
        told = Path(folder) / "told"
        begin = time.perf_counter()
        with told.open("w") as file:
            process = subprocess.Popen(command, stdout=file)
            _, ended, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(ended)
        if process.returncode != status:
            raise SystemExit(f"{name} failed on {log}")
        counts = _count(output) if name.startswith("comity") else json.loads(told.read_text())
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, counts)


def _count(path: Path) -> dict[str, int]:
    with path.open(newline="") as file:
        return dict(Counter(row["rule"] for row in csv.DictReader(file) if row["status"] == "violation"))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
