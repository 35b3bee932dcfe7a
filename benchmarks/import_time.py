"""What `import comity` and a small audit cost: processor time of whole processes, and what they load."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

NEEDED = "import attrs, cattrs, pluggy, tomli_w"
HEAVY = ("numpy", "pyarrow", "click", "rich", "holidays")
RUNS = 9
ROWS = 1_000
"""How many rows the small log has."""
USES = (
    "import comity",
    "from comity import Engine, Event, History",
    "from comity import Engine; Engine.of('interview-follow-up')",
)


def main() -> None:
    """Print the least and the median of each in milliseconds of processor time."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log.csv")
        log.write_text(
            "person,at,kind,channel,direction\n"
            + "".join(
                f"p{number % 97},2025-03-{1 + number // 40:02}T{number % 24:02}:00:00Z,call,phone,outbound\n"
                for number in range(ROWS)
            )
        )
        audit = ["-m", "comity", "audit", str(log), "--policy", "interview-follow-up"]
        commands = {
            "Python alone": ["-c", "pass"],
            NEEDED: ["-c", NEEDED],
            **{use: ["-c", use] for use in USES},
            "comity --version": ["-m", "comity", "--version"],
            f"comity audit, {ROWS} rows, text": audit,
            f"comity audit, {ROWS} rows, JSON": [*audit, "--format", "json"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                times[name].append(_processor(command))
        for name, each in times.items():
            print(f"{name:<64}{min(each):>6.0f}{statistics.median(each):>6.0f}")
    loaded = _print(f"{USES[-1]}; import sys; print([name for name in {HEAVY!r} if name in sys.modules])")
    print(f"heavy libraries loaded by an engine: {loaded}")


def _processor(command: Sequence[str]) -> float:
    """Return the milliseconds of processor time of a Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def _print(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


if __name__ == "__main__":
    main()
