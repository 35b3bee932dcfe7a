"""A seeded log of contacts over two years, as CSV (in time order or shuffled) and Parquet."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

EVENTS_A_PERSON, ACTORS = 20, 200
"""500,000 persons in ten million events; shorter and longer logs have as many events a person."""
START, SECONDS = 1_704_067_200, 2 * 365 * 86_400
"""2024-01-01T00:00:00Z, and two years."""
KINDS = ("interview", "thank-you", "follow-up", "call", "reply", "opt-out")
INTERVIEW, THANK_YOU, FOLLOW_UP, CALL, REPLY, OPT_OUT = range(6)
CHANNELS = ("email", "phone", "sms", "letter")
DIRECTIONS = ("outbound", "inbound", "none")
COLUMNS = ("person", "at", "kind", "channel", "direction", "actor")
DIRECTION_OF = np.array([2, 0, 0, 0, 1, 1], np.int8)
CHUNK = 1 << 20

VARIANTS = {
    # How uneven persons are, the share of interviews that are thanked for in time, of persons that opt out,
    # and of the contacts after an opt-out that happen all the same.
    "few": (4.0, 0.985, 0.02, 0.02),
    "many": (0.32, 0.8, 0.1, 0.7),
}


def make(events: int, variant: str, seed: int = 1) -> pa.Table:
    """Make a log in time order; `few` breaks the rules with about 1% of its events, `many` with about 12%."""
    draw = np.random.default_rng(seed)
    shape, thanked, leaving, heedless = VARIANTS[variant]
    interviews, persons = events // 12, events // EVENTS_A_PERSON
    thanks = int(interviews * thanked)
    others = events - interviews - thanks
    share = np.cumsum(draw.gamma(shape, size=persons))
    person = np.searchsorted(share, draw.random(interviews + others) * share[-1]).astype(np.int32)
    at = draw.integers(0, SECONDS, interviews + others)
    kind = np.full(interviews + others, INTERVIEW, np.int8)
    kind[interviews:] = draw.choice((FOLLOW_UP, CALL, REPLY), others, p=(0.18, 0.22, 0.6))
    lapse = draw.integers(600, 86_400, thanks)
    person = np.concatenate((person, person[:thanks]))
    at = np.concatenate((at, np.minimum(at[:thanks] + lapse, SECONDS - 1)))
    kind = np.concatenate((kind, np.full(thanks, THANK_YOU, np.int8)))
    order = np.argsort(at, kind="stable")
    person, at, kind = person[order], at[order], kind[order]
    _opt_out(draw, person, at, kind, leaving, heedless)
    channel = draw.choice(4, len(kind), p=(0.55, 0.1, 0.25, 0.1)).astype(np.int8)
    channel[kind == CALL] = CHANNELS.index("phone")
    actor = draw.integers(0, ACTORS, len(kind)).astype(np.int32)
    names = {
        "person": (person, [f"person-{number:06}" for number in range(persons)]),
        "kind": (kind, KINDS),
        "channel": (channel, CHANNELS),
        "direction": (DIRECTION_OF[kind], DIRECTIONS),
        "actor": (actor, [f"agent-{number:03}" for number in range(ACTORS)]),
    }
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(list(texts)))
        for name, (codes, texts) in names.items()
    }
    columns["at"] = pa.array((at + START) * 1_000_000).cast(pa.timestamp("us", "UTC"))
    return pa.table(
        {name: columns[name] for name in ("person", "at", "kind", "channel", "direction", "actor")}
    )


def _opt_out(
    draw: np.random.Generator,
    person: np.ndarray,
    at: np.ndarray,
    kind: np.ndarray,
    leaving: float,
    heedless: float,
) -> None:
    """Let some persons opt out, after which most of what was to reach them becomes a reply."""
    persons = int(person.max()) + 1
    when = np.where(draw.random(persons) < leaving, draw.integers(0, SECONDS, persons), SECONDS)
    after = at >= when[person]
    places = np.flatnonzero(after)
    first = np.full(persons, -1)
    first[person[places[::-1]]] = places[::-1]
    first = first[first >= 0]
    kept = draw.random(len(places)) < heedless
    quiet = places[~kept]
    kind[quiet] = REPLY
    kind[first] = OPT_OUT


def write(
    table: pa.Table, folder: Path, name: str, *, shuffled: bool = False, csv: bool = True
) -> list[Path]:
    """Write a log as CSV, if wanted, and as Parquet."""
    if shuffled:
        table = table.take(pa.array(np.random.default_rng(2).permutation(table.num_rows)))
    names, text = table.column_names, table.schema.get_field_index("at")
    texts = pa.schema([(name, pa.string()) for name in names])
    typed = texts.set(text, table.schema.field("at"))
    paths = [folder / f"{name}.csv", folder / f"{name}.parquet"]
    plain_texts = pcsv.WriteOptions(quoting_style="none")
    with (
        pcsv.CSVWriter(paths[0], texts, write_options=plain_texts) if csv else nullcontext() as file,
        pq.ParquetWriter(paths[1], typed) as parquet,
    ):
        for begin in range(0, table.num_rows, CHUNK):
            part = table.slice(begin, CHUNK)
            plain = [
                column if i == text else column.cast(pa.string()) for i, column in enumerate(part.columns)
            ]
            parquet.write_table(pa.table(plain, parquet.schema))
            if file is None:
                continue
            seconds = plain[text].cast(pa.timestamp("s")).cast(pa.string())
            stamps = pa.compute.binary_join_element_wise(
                pa.compute.binary_replace_slice(seconds, 10, 11, "T"), "Z", ""
            )
            plain[text] = stamps
            file.write_table(pa.table(plain, texts))
    return paths if csv else paths[1:]


def main() -> None:
    """Write a log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--variant", choices=VARIANTS, default="few")
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--no-csv", action="store_true")
    options = parser.parse_args()
    name = f"{options.variant}-{options.events}" + ("-shuffled" if options.shuffled else "")
    table, csv = make(options.events, options.variant), not options.no_csv
    for path in write(table, options.folder, name, shuffled=options.shuffled, csv=csv):
        print(path)


if __name__ == "__main__":
    main()
