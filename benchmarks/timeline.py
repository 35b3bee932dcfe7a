"""When an audit by columns does what: a timeline of its phases, and the processor time of each.

The command line runs in this process. The functions that do the work are replaced by ones that note when
they begin and end. A phase's own processor time is without that of the phases inside it; in no phase is the
rest: Arrow's own threads, the start, and the main thread, which decodes Parquet. The darker a cell of the
picture, the more threads were in the phase.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import math
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

BEGIN = time.perf_counter()
WIDTH = 72
SHADES = " ░▒▓█"
PHASES = {
    "read: parse": [
        ("readers.formats.csv_arrow", "_parse"),
        ("readers.formats.csv_arrow", "_reads_the_same"),
    ],
    "read: check columns": [("readers.formats.parquet_arrow", "split_of")],
    "read: texts and codes": [("readers.arrow.rows", "ArrowBatchReader.read")],
    "read: instants": [("readers.arrow.rows", "ArrowBatchReader._times")],
    "scan: selectors, codes, counts": [("columnar.scan.scanner", "Scanner.scan")],
    "scan: keys of persons": [("columnar.scan.text_keys", "TextKeys.words")],
    "scan: deal out": [("columnar.scan.scanner", "Scanner._partition")],
    "judge: put a partition together": [("columnar.partitions.partitions", "PartitionBuffer.take")],
    "judge: sort": [("columnar.evaluate", "SortedPartition.__init__")],
    "judge: repeated, near persons": [
        ("columnar.evaluate", "repeated_in"),
        ("columnar.partitions.near_persons", "NearPersons.take"),
    ],
    "judge: rules": [("columnar.evaluate", "judge_rule")],
    "judge: keep findings": [("columnar.evaluate", "finding_columns_of"), ("columnar.evaluate", "join")],
    "write: order": [("columnar.findings.spill", "Range.load")],
    "write: columns": [("columnar.findings.render", "Renderer.batch")],
    "write: text": [("formatters.bulk", "csv_bytes"), ("formatters.bulk", "json_bytes")],
}


class Timeline:
    """Notes when functions begin and end."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, float, float, float]] = []
        """The phase, when it began and ended in seconds, and its own processor seconds."""
        self._inside = threading.local()

    def watch(self, phase: str, module: str, path: str) -> None:
        """Note each call of a function of comity, which is named by its module and its path in it."""
        owner: Any = importlib.import_module(f"comity.{module}")
        *outer, name = path.split(".")
        for each in outer:
            owner = getattr(owner, each)
        setattr(owner, name, self._noting(phase, getattr(owner, name)))

    def _noting(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def noting(*args: Any, **options: Any) -> Any:
            inside = self._inside.__dict__.setdefault("seconds", [])
            began, busy = time.perf_counter(), time.thread_time()
            inside.append(0.0)
            try:
                return function(*args, **options)
            finally:
                spent = time.thread_time() - busy
                own = spent - inside.pop()
                if inside:
                    inside[-1] += spent
                self.spans.append((phase, began - BEGIN, time.perf_counter() - BEGIN, own))

        return noting

    def print(self, end: float) -> None:
        """Print the phases, and for each moment whether a thread was in it."""
        print(f"{'':<34}{'from':>7}{'to':>7}{'busy':>7}   0 s {'·' * (WIDTH - 10)} {end:.1f} s")
        by_phase = defaultdict(list)
        for phase, began, ended, own in self.spans:
            by_phase[phase].append((began, ended, own))
        for phase in PHASES:
            spans = by_phase.get(phase)
            if not spans:
                continue
            first, last = min(span[0] for span in spans), max(span[1] for span in spans)
            busy = sum(span[2] for span in spans)
            print(f"{phase:<34}{first:7.2f}{last:7.2f}{busy:7.2f}   {_picture(spans, end)}")
        inside = sum(own for *_, own in self.spans)
        rest = time.process_time() - inside
        print(f"{'rest: start, Arrow, main thread':<34}{'':14}{rest:7.2f}")
        print(f"{'all':<34}{'':7}{end:7.2f}{time.process_time():7.2f}")


def _picture(spans: list[tuple[float, float, float]], end: float) -> str:
    """Return a bar that shows how many threads are in a phase at each moment."""
    size = end / WIDTH
    cells = [0.0] * WIDTH
    for began, ended, _ in spans:
        for cell in range(int(began / size), min(int(ended / size) + 1, WIDTH)):
            cells[cell] += (min(ended, (cell + 1) * size) - max(began, cell * size)) / size
    return "".join(SHADES[min(math.ceil(cell * 2), 4)] for cell in cells)


def main() -> None:
    """Audit a log, and print the timeline."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("log", type=Path)
    parser.add_argument("--policy", default=None, help="(default: the five rules of columnar.py)")
    parser.add_argument("options", nargs="*", help="further options of `comity audit`, after `--`")
    chosen = parser.parse_args()
    timeline = Timeline()
    for phase, functions in PHASES.items():
        for module, path in functions:
            timeline.watch(phase, module, path)
    from columnar import COLUMNS, POLICIES

    from comity.cli import main as comity

    with tempfile.TemporaryDirectory() as folder:
        policy = chosen.policy
        if policy is None:
            policy = f"{folder}/contacts.toml"
            Path(policy).write_text(POLICIES["five"])
        options = chosen.options or ["--columns", COLUMNS, "--format", "csv"]
        sys.argv = ["comity", "audit", str(chosen.log), "--policy", policy, "--fail-on", "never"]
        sys.argv += [*options, "--output", f"{folder}/findings"]
        with contextlib.suppress(SystemExit):
            comity()
        timeline.print(time.perf_counter() - BEGIN)


if __name__ == "__main__":
    main()
