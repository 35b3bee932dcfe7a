"""Events per second and peak memory of the online back end, against only reading the file."""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data import LOGS
from generate import write_log
from policies import POLICIES

import comity


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, help="a folder with the public logs that data.py describes")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(json.loads(options.child))
        return
    print(f"comity {comity.__version__}, Python {platform.python_version()}, {_machine()}")
    heads = ("events/s", "s", "/ read", "peak MiB", "findings")
    print(f"{'log':<34} {'measured':<13} " + " ".join(f"{head:>10}" for head in heads))
    with tempfile.TemporaryDirectory() as folder:
        for events in sorted({options.events // 4, options.events // 2, options.events}):
            path = Path(folder) / "log.csv"
            write_log(path, events)
            _measure(f"generated, {events:,} events", str(path), None, dict(POLICIES), options.runs)
    if options.data:
        for log in LOGS:
            with tempfile.TemporaryDirectory() as folder:
                mapping, path = Path(folder) / "mapping.toml", Path(folder) / log.file
                mapping.write_text(log.mapping)
                rows = (options.data / log.file).read_text().splitlines(keepends=True)
                if log.drop_self_loops:
                    rows = [row for row in rows if len(set(row.split()[:2])) == 2]
                path.write_text("".join(rows))
                policies = {**POLICIES, "its rules": log.policy}
                found = _measure(log.name, str(path), str(mapping), policies, options.runs)
            wanted = {f"{log.policy_id}/{rule}": count for rule, count in log.answers.items()}
            got = {rule: tally["violation"] for rule, tally in found["its rules"].items()}
            print(f"  known answers: {'equal' if got == wanted else f'DIFFER: {got} for {wanted}'}")


def _measure(
    name: str, log: str, mapping: str | None, policies: dict[str, str], runs: int
) -> dict[str, dict[str, dict[str, int]]]:
    floor, by_rule = 0.0, {}
    for what, policy in {"only reading": None, **policies}.items():
        results = [_run({"log": log, "mapping": mapping, "policy": policy}) for _ in range(runs)]
        seconds = statistics.median(result["seconds"] for result in results)
        floor = floor or seconds
        last = results[-1]
        print(
            f"{name:<34} {what:<13} {last['events'] / seconds:>10,.0f} {seconds:>10.2f} "
            f"{seconds / floor:>10.2f} "
            f"{max(result['peak'] for result in results):>10.0f} {last['findings']:>10,}"
        )
        by_rule[what] = last["by_rule"]
    return by_rule


def _run(job: dict[str, str | None]) -> dict:
    command = [sys.executable, __file__, "--child", json.dumps(job)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _child(job: dict[str, str]) -> None:
    from comity.readers import BUILTIN_READERS, Log, load_mapping

    mapping = load_mapping(Path(job["mapping"])) if job["mapping"] else None
    engine = comity.Engine.of(job["policy"]) if job["policy"] else None
    attributes = engine.plan.attributes() if engine else ()
    log = Log([job["log"]], readers=BUILTIN_READERS, mapping=mapping, attributes=attributes)
    begin = time.perf_counter()
    if engine is None:
        events, findings, by_rule = sum(len(batch) for batch in log.batches()), 0, {}
    else:
        report = engine.audit(log, engine="online")
        events, findings = report.summary.events, len(report.findings)
        by_rule = {name: tally.to_dict() for name, tally in report.summary.by_rule.items()}
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"seconds": seconds, "peak": peak, "events": events, "findings": findings, "by_rule": by_rule}
    print(json.dumps(result))


def _machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, one process"


if __name__ == "__main__":
    main()
