"""What plugins cost: starting the command line, and loading each, with all that are installed."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time

RUNS = 9
BUDGETS = {"--version": 0.2, "load": 50.0}
"""Seconds for the version, milliseconds for loading one plugin."""


def main() -> None:
    """Print medians, and how far they are from the budgets."""
    bare = _seconds([sys.executable, "-c", "pass"])
    click = _seconds([sys.executable, "-c", "import click"])
    print(f"python: {bare * 1000:.0f} ms; python with click: {click * 1000:.0f} ms")
    for arguments in (("--version",), ("--no-plugins", "plugins"), ("plugins",)):
        spent = _seconds([sys.executable, "-m", "comity", *arguments])
        print(f"comity {' '.join(arguments)}: {spent * 1000:.0f} ms")
        if arguments[0] in BUDGETS and spent - bare > BUDGETS[arguments[0]]:
            print(f"  over its budget of {BUDGETS[arguments[0]]:.1f} s beside python")
    loads: dict[str, list[float]] = {}
    for _ in range(RUNS):
        done = _run([sys.executable, "-m", "comity", "plugins", "--json"])
        for plugin in json.loads(done)["plugins"]:
            loads.setdefault(plugin["name"], []).append(plugin["milliseconds"] or 0.0)
    for name, spent_ms in loads.items():
        median = statistics.median(spent_ms)
        print(f"{name}: {median:.1f} ms" + (" over its budget" if median > BUDGETS["load"] else ""))
    print(f"plugins imported by --version: {_imported('--version')}")


def _imported(*arguments: str) -> list[str]:
    """List the packages of plugins that a command imports."""
    command = [sys.executable, "-X", "importtime", "-m", "comity", *arguments]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()
    names = {line.rpartition("|")[2].strip().split(".")[0] for line in lines}
    return sorted(name for name in names if name.startswith("comity_"))


def _seconds(command: list[str]) -> float:
    spent = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        _run(command)
        spent.append(time.perf_counter() - begin)
    return statistics.median(spent)


def _run(command: list[str]) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "COMITY_PLUGINS"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout


if __name__ == "__main__":
    main()
