"""A seeded log of contacts in time order: a fixed set of persons over two years."""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path

KINDS = ("follow-up", "follow-up", "follow-up", "call", "call", "reply", "thank-you", "interview", "opt-out")
CHANNELS = {"call": ("phone",), "reply": ("email", "phone")}
START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
SECONDS = 2 * 365 * 86_400


def write_log(path: Path, events: int, persons: int = 50_000, actors: int = 200, seed: int = 1) -> None:
    """Write a CSV log of `events` rows; a few persons get much more than others."""
    draw = random.Random(seed)
    step = SECONDS / events
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("person", "at", "kind", "channel", "direction", "actor"))
        for number in range(events):
            person = int(persons * draw.random() ** 1.5)
            kind = draw.choice(KINDS) if draw.random() < 0.999 else "opt-out"
            if kind == "opt-out" and draw.random() < 0.98:
                kind = "interview"
            at = START + dt.timedelta(seconds=int(number * step))
            channel = draw.choice(CHANNELS.get(kind, ("email", "email", "sms", "letter")))
            direction = {"reply": "inbound", "opt-out": "inbound", "interview": "none"}.get(kind, "outbound")
            actor = f"agent-{draw.randrange(actors)}"
            writer.writerow((f"person-{person:06}", at.isoformat(), kind, channel, direction, actor))
