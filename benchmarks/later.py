"""Milliseconds of late events and of questions into the middle of a long history."""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable

from decisions import DAY, KINDS, POLICIES, START

from comity import Engine, Event, History


def main() -> None:
    """Print the figures for three rules and for ten."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000, help="how long the history is")
    parser.add_argument("--late", type=int, default=2_000, help="late events, with a decision after each")
    parser.add_argument("--asks", type=int, default=500, help="questions into the middle")
    options = parser.parse_args()
    for rules, text in POLICIES.items():
        for spacing in (6.0, 0.6):
            print(f"{rules} rules, {options.events:,} events of one person, some {spacing} days apart")
            measure(Engine.of(text), draw(options.events, spacing), options.late, options.asks)


def draw(length: int, spacing: float) -> list[Event]:
    """Draw events of one person in order."""
    chance, at, events = random.Random(1), START, []
    for number in range(length):
        at += int(chance.expovariate(1 / (spacing * DAY)))
        events.append(Event("ann", at, f"e{number}", chance.choice(KINDS), "phone"))
    return events


def measure(engine: Engine, events: list[Event], late: int, asks: int) -> None:
    """Time the index, late events with decisions at the end, and questions into the middle."""
    chance, last = random.Random(2), events[-1].at
    history, now = History(events), Event("ann", last + DAY, None, "call", "phone")
    print(f"  first decision, which indexes it {took(lambda: engine.decide(history, now)):>12.1f} ms")

    def insert(number: int) -> None:
        history.insert(Event("ann", chance.randrange(START, last), f"late{number}", "call", "phone"))
        engine.decide(history, now)

    times = [took(lambda number=number: insert(number)) for number in range(late)]  # type: ignore[misc]
    shown(f"a late event, and a decision ({late:,} in {sum(times) / 1000:.2f} s)", times)
    middle = [Event("ann", chance.randrange(START, last), None, "call", "phone") for _ in range(asks)]
    for event in middle:  # so that zones have their tables of all these years
        engine.decide(history, event)
    shown("a decision in the middle", [took(lambda e=e: engine.decide(history, e)) for e in middle])  # type: ignore[misc]
    few = middle[: max(asks // 20, 1)]
    read = [took(lambda e=e: engine.decide(history, e).next_allowed) for e in few]  # type: ignore[misc]
    shown("the same, `next_allowed` read", read)


def took(ask: Callable[[], object]) -> float:
    """Return the milliseconds that something takes."""
    begin = time.perf_counter_ns()
    ask()
    return (time.perf_counter_ns() - begin) / 1e6


def shown(what: str, times: list[float]) -> None:
    """Print the median and the slowest."""
    print(f"  {what:<48} median {statistics.median(times):>9.3f} ms, slowest {max(times):>9.2f}")


if __name__ == "__main__":
    main()
