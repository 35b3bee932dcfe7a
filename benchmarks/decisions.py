"""Microseconds per decision, events per second through a monitor, bytes a person, beside other engines."""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from decision_peers import LIMITERS, PEERS

import comity
from comity import Decision, Engine, Event, History
from comity.clock.instants import format_instant

HOUR = 3_600_000_000
DAY = 24 * HOUR
START = 1_740_992_400_000_000
HEAD = """comity = 1
[policy]
id = "decisions"
title = "What the benchmarks decide by"
version = "1.0"
timezone = "Europe/Paris"
"""
THREE = """
[events.contact]
kind = ["call", "follow-up"]
[rules.gap]
kind = "minimum-gap"
contact = "contact"
gap = "2d"
[rules.limit]
kind = "maximum-contacts"
contact = "contact"
limit = 3
window = "30d"
[rules.stop]
kind = "stop-after"
contact = "contact"
after = { kind = "opt-out" }
"""
SEVEN_MORE = """
[rules.hours]
kind = "contact-hours"
contact = "contact"
allow = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = 08:00:00, to = 21:00:00 }]
[rules.a-week]
kind = "maximum-contacts"
contact = "contact"
limit = 2
window = "7 calendar days"
[rules.a-quarter]
kind = "maximum-contacts"
contact = "contact"
limit = 8
window = "same quarter"
[rules.by-phone]
kind = "minimum-gap"
contact = "contact"
gap = "4h"
per = ["person", "channel"]
[rules.complaint]
kind = "stop-after"
contact = "contact"
after = { kind = "complaint" }
for = "10 business days"
[rules.once-known]
kind = "requires"
contact = "contact"
severity = "warning"
event = {}
in-last = "2 years"
[rules.answer]
kind = "response-window"
after = { kind = "question" }
expect = "contact"
within = "24h"
"""
POLICIES = {3: HEAD + THREE, 10: HEAD + THREE + SEVEN_MORE}
LENGTHS = (0, 20, 200, 2_000)
ROWS = 300
KINDS = ("call", "follow-up", "reply", "reply")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asks", type=int, default=4_000, help="decisions that are timed for each figure")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    print(f"comity {comity.__version__}, Python {platform.python_version()}, {platform.processor()}")
    print(f"reading the clock twice costs {_timer():.2f} µs, which every figure holds\n")
    _decisions(options.asks, options.rounds)
    _rows(options.asks, options.rounds)
    if not options.no_peers:
        _peers(options.asks, options.rounds)
    _first_decision(options.rounds)
    print(
        f"installed: {_size() / 1024:.0f} KiB of Python, all that `pip install comity` adds but what it needs"
    )


def draw(length: int) -> tuple[list[Event], list[Event]]:
    """Draw a history of one person and contacts of which about half are allowed; all, where there is none."""
    engine = Engine.of(POLICIES[3])
    for seed in range(1_000):
        chance = random.Random(seed)
        at, history = START, []
        for number in range(length):
            at += int(chance.expovariate(1 / (6 * DAY)))
            history.append(Event("ann", at, f"e{number}", chance.choice(KINDS), "phone"))
        proposed = [Event("ann", at + chance.randrange(8 * DAY), None, "call", "phone") for _ in range(200)]
        indexed = History(history)
        allowed = sum(engine.decide(indexed, event).outcome == "allow" for event in proposed)
        if not length or 90 <= allowed <= 110:
            return history, proposed
    raise AssertionError("INVARIANT: some seed gives such a history")


def _decisions(asks: int, rounds: int) -> None:
    heads = ("allowed", "denied", "denied, read", "list, allowed", "list, denied")
    print(f"{'µs per decision: median, 99th percentile':<42}" + "".join(f"{head:>16}" for head in heads))
    for rules, text in POLICIES.items():
        engine = Engine.of(text)
        for length in LENGTHS:
            history, proposed = draw(length)
            indexed = History(history)
            yes, no = _parted(lambda e, g=engine, h=indexed: g.decide(h, e).outcome != "deny", proposed)
            timed: list[list[float]] = [[] for _ in heads]
            few = max(400, asks * 20 // max(length, 20))
            for _ in range(rounds):
                for times, kept, events, count, reads in (
                    (timed[0], indexed, yes, asks, False),
                    (timed[1], indexed, no, asks, False),
                    (timed[2], indexed, no, asks, True),
                    (timed[3], history, yes, few, False),
                    (timed[4], history, no, few, False),
                ):
                    if reads:
                        times += _times(lambda e, k=kept, g=engine: read(g.decide(k, e)), events, count)
                    else:
                        times += _times(lambda e, k=kept, g=engine: g.decide(k, e), events, count)
            figures = "".join(f"{_figure(times):>16}" for times in timed)
            print(f"{rules:>3} rules, {length:>5} events before{'':<16}{figures}")
    print()


def read(decision: Decision) -> list[str]:
    """Read what each finding says."""
    return [finding.message for finding in decision.findings]


def _rows(asks: int, rounds: int) -> None:
    """Time decisions on mappings, as a database returns rows, with three types of times."""
    history, proposed = draw(ROWS)
    print(f"{f'{ROWS} rows of a database, µs':<42}{'allowed':>16}{'denied':>16}")
    for rules, text in POLICIES.items():
        engine = Engine.of(text)
        yes, no = _parted(lambda e, g=engine: g.decide(history, e).outcome != "deny", proposed)
        for name, at in (
            ("datetimes", lambda event: event.event_at),
            ("microseconds", lambda event: event.at),
            ("texts", lambda event: format_instant(event.at)),
        ):
            rows = [
                {
                    "id": event.id,
                    "person": event.person,
                    "at": at(event),
                    "kind": event.kind,
                    "channel": event.channel,
                    "direction": event.direction,
                }
                for event in history
            ]
            assert all(engine.decide(rows, event) == engine.decide(history, event) for event in proposed[:20])
            timed: list[list[float]] = [[], []]
            for _ in range(rounds):
                for times, events in zip(timed, (yes, no), strict=True):
                    times += _times(lambda e, r=rows, g=engine: g.decide(r, e), events, max(asks // 10, 100))
            figures = "".join(f"{_figure(times):>16}" for times in timed)
            print(f"{rules:>3} rules, times are {name:<22}{figures}")
    print()


def _parted(allows: Callable[[Event], bool], proposed: list[Event]) -> tuple[list[Event], list[Event]]:
    return [event for event in proposed if allows(event)], [event for event in proposed if not allows(event)]


def _peers(asks: int, rounds: int) -> None:
    history, proposed = draw(20)
    tuples = [(event.at, event.kind) for event in history]
    engine, indexed = Engine.of(POLICIES[3]), History(history)
    yes, no = _parted(lambda e: engine.decide(indexed, e).outcome == "allow", proposed)
    askers: dict[str, Callable[[Event], object]] = {
        "comity, indexed": lambda e: engine.decide(indexed, e),
        "comity, list of events": lambda e: engine.decide(history, e),
    }
    for name, (make, _) in PEERS.items():
        try:
            ask = make()
        except ImportError as error:
            print(f"{name}: {error}")
            continue
        if _parted(lambda e, ask=ask: ask(tuples, e.at), proposed) != (yes, no):
            print(f"{name}: its answers DIFFER")
        askers[name] = lambda e, ask=ask: ask(tuples, e.at)
    print(f"{'20 events, three rules: median µs':<42}{'allowed':>12}{'denied':>12}{'to comity':>12}")
    medians: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in askers}
    for _ in range(rounds):
        for name, ask in askers.items():
            count = 200 if statistics.median(_times(ask, yes, 20)) > 100 else asks
            for times, events in zip(medians[name], (yes, no), strict=True):
                times.append(statistics.median(_times(ask, events, count)))
    figures = {name: [statistics.median(times) for times in both] for name, both in medians.items()}
    base = sum(figures["comity, indexed"])
    for name, (allowed, denied) in sorted(figures.items(), key=lambda item: sum(item[1])):
        print(f"{name:<42}{allowed:>12.2f}{denied:>12.2f}{(allowed + denied) / base:>12.1f}")
    for name, (make_limiter, _) in LIMITERS.items():
        try:
            attempt = make_limiter()
        except ImportError as error:
            print(f"{name}: {error}")
            continue
        times = _times(lambda e, attempt=attempt: attempt("ann", e.at), proposed, asks)
        print(f"{name + ' (the limit alone)':<42}{statistics.median(times):>12.2f}")
    print()


def _first_decision(rounds: int) -> None:
    """Time, in processes of their own, the import, making an engine, and its first and second decision."""
    code = (
        "import time; t = [time.perf_counter()]; m = lambda: t.append(time.perf_counter());"
        "from comity import Engine, Event; m(); engine = Engine.of(TEXT); m();"
        "e = Event('ann', 1741000000000000, kind='call');"
        "engine.decide([], e); m(); engine.decide([], e); m();"
        "print(*[(b - a) * 1000 for a, b in zip(t, t[1:])])"
    ).replace("TEXT", repr(POLICIES[3]))
    runs = []
    for _ in range(max(rounds, 5)):
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        runs.append([float(text) for text in out.split()])
    imported, made, first, second = (statistics.median(column) for column in zip(*runs, strict=True))
    print(f"cold: `from comity import Engine` {imported:.0f} ms, an engine of three rules {made:.1f} ms,")
    print(f"      its first decision {first:.1f} ms, the second {second * 1000:.0f} µs\n")


def _size() -> int:
    package = Path(comity.__file__).parent
    return sum(path.stat().st_size for path in package.rglob("*.py"))


def _times(ask: Callable[[Event], object], proposed: list[Event], asks: int) -> list[float]:
    """Return the microseconds of each of so many questions, after some that are not counted."""
    if not proposed:
        return []
    for event in proposed[:20]:
        ask(event)
    clock, times = time.perf_counter_ns, []
    for number in range(asks):
        event = proposed[number % len(proposed)]
        begin = clock()
        ask(event)
        times.append((clock() - begin) / 1000)
    return times


def _timer() -> float:
    return statistics.median(_times(lambda event: None, [Event("ann", 0)] * 20, 2_000))


def _figure(times: list[float]) -> str:
    return (
        f"{statistics.median(times):.2f}, {statistics.quantiles(times, n=100)[98]:.1f}" if times else "none"
    )


if __name__ == "__main__":
    main()
