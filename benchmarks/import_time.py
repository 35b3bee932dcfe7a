"""What `import comity` costs, beside the libraries that it needs, and which heavy ones it loads."""

from __future__ import annotations

import statistics
import subprocess
import sys

NEEDED = "import attrs, cattrs, pluggy, tomli_w"
HEAVY = ("numpy", "pyarrow", "click", "rich", "holidays")
RUNS = 9


USES = (
    "import comity",
    "from comity import Engine",
    "from comity import Engine; Engine.of('interview-follow-up')",
)


def main() -> None:
    """Print medians in milliseconds."""
    needed = _median(NEEDED)
    print(f"{NEEDED}: {needed:.0f} ms")
    for use in USES:
        print(f"{use}: {_median(use):.0f} ms, {_median(f'{NEEDED}; {use}') - needed:.0f} ms on top of these")
    loaded = _print(f"{USES[-1]}; import sys; print([name for name in {HEAVY!r} if name in sys.modules])")
    print(f"heavy libraries loaded: {loaded}")


def _median(code: str) -> float:
    timed = f"import time; begin = time.perf_counter(); {code}; print((time.perf_counter() - begin) * 1000)"
    return statistics.median(float(_print(timed)) for _ in range(RUNS))


def _print(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


if __name__ == "__main__":
    main()
