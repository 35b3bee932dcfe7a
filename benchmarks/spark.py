"""Audits with Spark on this machine beside audits without it: seconds, memory, and what they find.

Both read the same Parquet files and write all columns of the findings. It needs pyspark and Java. The seconds
are those of a session that has audited before: a session starts in some ten seconds, and its first audit is
slower.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from columnar import POLICIES, logs_of

from comity import Engine
from comity.readers import FieldRule, Mapping
from comity.results.finding_keys import FINDING_KEYS

AS_OF = "2026-01-01T00:00:00Z"
ROWS = 1 << 20
HERE = Path(__file__).resolve()


def main() -> None:
    """Print a line for each size of the log."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, nargs="+", default=[500_000, 5_000_000])
    parser.add_argument("--variant", default="few", choices=["few", "many"])
    parser.add_argument("--policy", default="five", choices=list(POLICIES))
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--partitions", type=int, help="parts of the log; Spark decides without")
    parser.add_argument("--heap", default="4g", help="the memory of the Java machine")
    parser.add_argument("--runs", type=int, default=2, help="audits after the first one; 0: the first alone")
    parser.add_argument("--folder", type=Path, help="keep the logs there, and take those that are there")
    parser.add_argument("--one", choices=["local", "spark"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _one(options, options.folder, options.one)
        return
    heads = ("events", "findings", "different", "local s", "MiB", "Spark s", "first s", "MiB", "ratio")
    print("".join(f"{head:>13}" for head in heads))
    for events in options.events:
        with tempfile.TemporaryDirectory() as made:
            work = Path(made)
            log = _log(options.folder or work, events, options.variant)
            (work / "log").symlink_to(log.resolve())
            local, spark = (_in_process(work, one) for one in ("local", "spark"))
            count, different = _compare(work / "local.parquet", work / "spark")
        told = (events, count, different, local["seconds"], local["peak"], spark["seconds"], spark["first"])
        print(
            "".join(f"{each:13,}" if isinstance(each, int) else f"{each:13.1f}" for each in told)
            + f"{spark['peak']:13,}{spark['seconds'] / local['seconds']:13.2f}",
            flush=True,
        )


def _log(folder: Path, events: int, variant: str) -> Path:
    """Return a folder of Parquet files whose rows are numbered."""
    made = folder / f"{variant}-{events}-numbered"
    if made.exists():
        return made
    log = logs_of(folder, events, variant, csv=False)[0]
    made.mkdir()
    done = 0
    for number, batch in enumerate(pq.ParquetFile(log).iter_batches(ROWS)):
        rows = pa.Table.from_batches([batch])
        numbers = pc.add(pa.array(range(rows.num_rows), pa.int64()), done)
        pq.write_table(rows.append_column("number", numbers), made / f"{number:04}.parquet")
        done += rows.num_rows
    return made


def _in_process(work: Path, one: str) -> dict[str, Any]:
    """Audit in a process of its own; its peak is that of all processes below it."""
    command = [sys.executable, str(HERE), *sys.argv[1:], "--one", one, "--folder", str(work)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(process, peak))
    watcher.start()
    out, _ = process.communicate()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"the audit with {one} failed: run {' '.join(command)}")
    return {**json.loads(out.splitlines()[-1]), "peak": peak[0] >> 20}


def _watch(process: subprocess.Popen[str], peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], _resident(process.pid))
        time.sleep(0.2)


def _resident(pid: int) -> int:
    """Return the bytes of a process and of all below it that no other process shares."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total = int(line.split()[1]) << 10
        tasks = Path(f"/proc/{pid}/task").iterdir()
        below = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return total
    return total + sum(_resident(int(child)) for child in below)


def _one(options: argparse.Namespace, work: Path, one: str) -> None:
    seconds = _local(options, work) if one == "local" else _spark(options, work)
    print(json.dumps({"first": seconds[0], "seconds": min(seconds[1:] or seconds)}))


def _local(options: argparse.Namespace, work: Path) -> list[float]:
    engine, seconds = Engine.of(POLICIES[options.policy]), []
    mapping = Mapping(1, fields={"id": FieldRule("number")})
    for _ in range(1 + options.runs):
        begin = time.perf_counter()
        files = sorted((work / "log").resolve().glob("*.parquet"))
        report = engine.audit(engine.log(*files, mapping=mapping), as_of=AS_OF)
        with pq.ParquetWriter(work / "local.parquet", report.to_arrow().schema) as writer:
            writer.write_table(report.to_arrow())
        seconds.append(time.perf_counter() - begin)
    return seconds


def _spark(options: argparse.Namespace, work: Path) -> list[float]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    import comity.spark

    builder = SparkSession.builder.master(f"local[{options.cores}]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.memory", options.heap).getOrCreate()
    seconds = []
    for number in range(1 + options.runs):
        begin = time.perf_counter()
        frame = session.read.parquet(str((work / "log").resolve()))
        rows = comity.spark.audit(
            frame,
            POLICIES[options.policy],
            as_of=AS_OF,
            order_by="number",
            partitions=options.partitions,
            check=number == 0,
        )
        rows.write.mode("overwrite").parquet(str(work / "spark"))
        seconds.append(time.perf_counter() - begin)
    return seconds


def _compare(local: Path, spark: Path) -> tuple[int, int]:
    """Return how many findings there are, and how many of them are not the same in all columns."""
    one = pq.read_table(local)
    rows = ds.dataset(spark, format="parquet")
    other = rows.to_table(filter=ds.field("record") == "finding", columns=list(FINDING_KEYS))
    tables = []
    for table in (one, other):
        texts = [
            pc.cast(table[name], pa.string())
            for name in FINDING_KEYS
            if name not in ("scope", "evidence", "at", "allowed_from", "due")
        ]
        instants = [
            pc.fill_null(pc.cast(_micros(table[name]), pa.string()), "-")
            for name in ("at", "allowed_from", "due")
        ]
        nested = [
            pa.array([str(each) for each in table[name].to_pylist()], pa.string())
            for name in ("scope", "evidence")
        ]
        joined = pc.binary_join_element_wise(
            *[pc.fill_null(each, "-") for each in texts], *instants, *nested, "|"
        )
        tables.append(
            pc.value_counts(joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined)
        )
    counts = [
        dict(zip(each.field("values").to_pylist(), each.field("counts").to_pylist(), strict=True))
        for each in tables
    ]
    keys = counts[0].keys() | counts[1].keys()
    return one.num_rows, sum(abs(counts[0].get(key, 0) - counts[1].get(key, 0)) for key in keys)


def _micros(instants: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return microseconds; Spark writes instants in a type that has nanoseconds."""
    return instants.cast(pa.timestamp("us", "UTC")).cast(pa.int64())


if __name__ == "__main__":
    main()
