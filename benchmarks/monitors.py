"""Events per second through a monitor, one by one and in batches, and what it remembers of a person."""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from decisions import DAY, POLICIES, START

import comity
from comity import Engine, Event

SIZES = (1_000, 10_000, 100_000)
EACH = {"few": 20, "many": 100}
"""Events of each person in a year: 5% of the events break a rule, or half of them."""
COLUMNS = ("person", "kind", "channel", "direction")


def main() -> None:
    """Print the tables, or measure once for another process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--old", type=Path, help="the `src` of another comity, to measure in turn")
    parser.add_argument("--once", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(measure(options.once, options.events)))
        return
    print(f"comity {comity.__version__}, Python {platform.python_version()}, {platform.processor()}")
    print("events/s: the fastest round, and the median\n")
    sources = {"new": Path(comity.__file__).parent.parent}
    if options.old is not None:
        sources = {"old": options.old, **sources}
    for variant in EACH:
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in sources}
        for _ in range(options.rounds):
            for name, source in sources.items():
                rounds[name].append(_once(variant, options.events, source))
        _print(variant, rounds)


def measure(variant: str, events: int) -> dict[str, float]:
    """Return seconds per event by form, the findings per event, and the bytes that a person takes."""
    engine, each = Engine.of(POLICIES[3]), EACH[variant]
    persons = events // each
    drawn = list(stream(events, persons))
    figures = {"findings": 0.0}
    forms: dict[str, Callable[[Any], Iterator[int]]] = {"one by one": lambda monitor: _singly(monitor, drawn)}
    if hasattr(engine.monitor(), "feed_many"):
        table = table_of(drawn)
        for size in SIZES:
            forms[f"events, {size:,}"] = lambda monitor, size=size: _many(monitor, drawn, events, size)
            forms[f"table, {size:,}"] = lambda monitor, size=size: _many(monitor, table, events, size)
    gc.collect()
    gc.freeze()
    for name, form in forms.items():
        monitor = engine.monitor()
        begin = time.perf_counter()
        found = sum(form(monitor))
        figures[name] = (time.perf_counter() - begin) / events
        assert figures["findings"] in (0, found / events), "INVARIANT: batches find the same"
        figures["findings"] = found / events
        del monitor
    gc.unfreeze()
    if variant == "few":
        figures["bytes a person"] = _remembered(engine, events, persons)
    return figures


def _singly(monitor: Any, events: list[Event]) -> Iterator[int]:
    feed = monitor.feed
    yield sum([len(feed(event)) for event in events])


def _many(monitor: Any, events: Any, count: int, size: int) -> Iterator[int]:
    for begin in range(0, count, size):
        batch = events[begin : begin + size] if isinstance(events, list) else events.slice(begin, size)
        yield len(monitor.feed_many(batch))


def table_of(events: list[Event]) -> Any:
    """Return events as a table of pyarrow."""
    import pyarrow as pa

    columns: dict[str, Any] = {name: [getattr(event, name) for event in events] for name in COLUMNS}
    columns["at"] = pa.array([event.at for event in events], pa.timestamp("us", "UTC"))
    return pa.table(columns)


def stream(events: int, persons: int, seed: int = 1) -> Iterator[Event]:
    """Draw events of many persons over a year, in order: contacts, replies, now and then an opt-out."""
    chance = random.Random(seed)
    names = [f"person-{number:05}" for number in range(persons)]
    step = 365 * DAY // events
    for number in range(events):
        drawn = chance.random()
        kind = (
            "opt-out" if drawn < 0.001 else "reply" if drawn < 0.5 else "call" if drawn < 0.8 else "follow-up"
        )
        direction = "inbound" if kind in ("reply", "opt-out") else "outbound"
        yield Event(chance.choice(names), START + number * step, None, kind, "phone", direction)


def _remembered(engine: Engine, events: int, persons: int) -> float:
    gc.collect()
    tracemalloc.start()
    monitor = engine.monitor()
    before = tracemalloc.get_traced_memory()[0]
    for event in stream(events, persons):
        monitor.feed(event)
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return kept / persons


def _once(variant: str, events: int, source: Path) -> dict[str, float]:
    """Measure one comity in a process of its own."""
    command = [sys.executable, __file__, "--once", variant, "--events", str(events)]
    run = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(source)}, capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(run.stdout)
    return figures


def _print(variant: str, rounds: dict[str, list[dict[str, float]]]) -> None:
    share = next(iter(rounds.values()))[0]["findings"]
    print(f"{variant}: {share:.1%} findings" + "".join(f"{name:>26}" for name in rounds))
    for form in rounds["new"][0]:
        if form == "findings":
            continue
        cells = []
        for found in rounds.values():
            values = [figures[form] for figures in found if form in figures]
            if not values:
                cells.append("")
            elif form == "bytes a person":
                cells.append(f"{statistics.median(values):.0f}")
            else:
                cells.append(f"{1 / min(values):,.0f}, {1 / statistics.median(values):,.0f}")
        print(f"{form:<20}" + "".join(f"{cell:>26}" for cell in cells))
    print()


if __name__ == "__main__":
    main()
