"""The same audit as an expert would write it for DuckDB, Polars, pandas and plain Python, and only reading.

Each finds all violations of the five rules of `columnar.py`'s policy, as (rule, person, event, at), the event
being the number of its row, and writes them as CSV. `python peers.py NAME LOG OUTPUT` prints the counts.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path

DUCKDB = """
set preserve_insertion_order = true;
create temp table e as
    select n, h, person, "at", kind, direction = 'outbound' as out from (
        select row_number() over () as n, hash(person) as h, person, "at", kind, direction from {log}
    );
create temp table found as
with last as (select max("at") as until from e)
select 'gap' as rule, person, n, "at" from (
    select *, lag("at") over (partition by h order by "at", n) as before from e
    where out and kind = 'follow-up'
) where "at" - before < interval 7 day
union all
select 'three', person, n, "at" from (
    select *, lag("at", 3) over (partition by h order by "at", n) as before from e where out
) where "at" - before < interval 30 day
union all
select 'calls', person, n, "at" from (
    select *, lag("at", 7) over (partition by h order by "at", n) as before from e
    where out and kind = 'call'
) where "at" - before < interval 7 day
union all
select 'stop', e.person, e.n, e."at" from e join (
    select h, min(("at", n)) as since from e where kind = 'opt-out' group by h
) o on e.h = o.h where e.out and (e."at", e.n) > o.since
union all
select 'thanks', person, n, "at" from (
    select *, lead(case when kind = 'thank-you' then "at" end ignore nulls)
        over (partition by h order by "at", n) as thanked
    from e where kind = 'interview' or (out and kind = 'thank-you')
), last where kind = 'interview' and "at" + interval 24 hour <= until
    and (thanked is null or thanked > "at" + interval 24 hour);
copy found to '{output}' (header);
select rule, count(*) from found group by rule;
"""
CSV_COLUMNS = ("person", "at", "kind", "channel", "direction", "actor")


def duckdb(log: Path, output: Path) -> dict[str, int]:
    """One table, then a lag or a lead for each rule; keyed on a hash of the person."""
    import duckdb

    if log.suffix == ".csv":
        types = {name: "TIMESTAMP" if name == "at" else "VARCHAR" for name in CSV_COLUMNS}
        source = f"read_csv('{log}', header = true, columns = {types})"
    else:
        source = f'(select * replace ("at"::timestamp as "at") from read_parquet(\'{log}\'))'
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    return dict(connection.execute(DUCKDB.format(log=source, output=output)).fetchall())


def polars(log: Path, output: Path) -> dict[str, int]:
    """Streaming: filtered early, keyed on a hash of the person, sorted once, then shifts."""
    import polars as pl

    if log.suffix == ".csv":
        frame = pl.scan_csv(log, schema=dict.fromkeys(CSV_COLUMNS, pl.String)).with_columns(
            pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us")
        )
    else:
        frame = pl.scan_parquet(log).with_columns(pl.col("at").dt.replace_time_zone(None))
    out, kind = pl.col("direction") == "outbound", pl.col("kind")
    frame = frame.select("person", "at", "kind", "direction").with_row_index("n", 1)
    until = frame.select(pl.col("at").max()).collect(engine="streaming").item()
    events = (
        frame.filter(out | kind.is_in(["interview", "opt-out"]))
        .select(
            "person",
            "at",
            "n",
            out.alias("out"),
            h=pl.col("person").hash(),
            call=out & (kind == "call"),
            follow_up=out & (kind == "follow-up"),
            thanks=out & (kind == "thank-you"),
            interview=kind == "interview",
            opt_out=kind == "opt-out",
        )
        .collect(engine="streaming")
        .sort("h", "at", "n")
        .lazy()
    )

    def told(rule: str, part: pl.LazyFrame) -> pl.LazyFrame:
        return part.select(pl.lit(rule).alias("rule"), "person", "n", "at")

    def lagged(rule: str, which: str, steps: int, days: int) -> pl.LazyFrame:
        same = pl.col("h") == pl.col("h").shift(steps)
        soon = pl.col("at") - pl.col("at").shift(steps) < pl.duration(days=days)
        return told(rule, events.filter(which).filter(same & soon))

    position = pl.int_range(pl.len())
    opted = (
        events.with_columns(p=position).filter("opt_out").group_by("h").agg(pl.col("p").min().alias("since"))
    )
    stop = (
        events.with_columns(p=position)
        .filter("out")
        .join(opted, on="h")
        .filter(pl.col("p") > pl.col("since"))
    )
    nexts = [
        pl.when("thanks").then(name).otherwise(None).shift(-1).backward_fill().alias(f"next_{name}")
        for name in ("at", "h")
    ]
    limit = pl.col("at") + pl.duration(hours=24)
    in_time = ((pl.col("next_h") == pl.col("h")) & (pl.col("next_at") <= limit)).fill_null(False)
    thanks = (
        events.filter(pl.col("interview") | pl.col("thanks"))
        .with_columns(nexts)
        .filter(pl.col("interview") & ~in_time & (limit <= until))
    )
    parts = [
        lagged("gap", "follow_up", 1, 7),
        lagged("three", "out", 3, 30),
        lagged("calls", "call", 7, 7),
        told("stop", stop),
        told("thanks", thanks),
    ]
    found = pl.concat(parts).collect(engine="streaming")
    found.write_csv(output)
    return dict(found.group_by("rule").len().iter_rows())


def pandas(log: Path, output: Path) -> dict[str, int]:
    """Sorted once by person and time, then shifts within groups."""
    import pandas as pd

    names = ["person", "at", "kind", "direction"]
    if log.suffix == ".csv":
        frame = pd.read_csv(log, usecols=names, engine="pyarrow", dtype_backend="pyarrow")
    else:
        frame = pd.read_parquet(log, columns=names, dtype_backend="pyarrow")
    frame["at"] = pd.to_datetime(frame["at"], utc=True).astype("datetime64[us, UTC]")
    frame["person"] = frame["person"].astype("category")
    until = frame["at"].max()
    frame["n"] = range(1, len(frame) + 1)
    out = (frame["direction"] == "outbound").astype(bool)
    kind = frame["kind"].astype("category")
    frame = frame.assign(out=out, kind=kind)[out | kind.isin(["interview", "opt-out"])]
    frame = frame.sort_values(["person", "at", "n"], kind="stable")

    def lagged(part: pd.DataFrame, steps: int, days: int) -> pd.DataFrame:
        before = (
            part["at"].shift(steps).where(part["person"].cat.codes == part["person"].cat.codes.shift(steps))
        )
        return part[part["at"] - before < pd.Timedelta(days=days)]

    outbound = frame[frame["out"]]
    opted = frame["kind"] == "opt-out"
    seen = opted.groupby(frame["person"], observed=True).cumsum() > 0
    thanked = frame[(frame["kind"] == "interview") | (frame["out"] & (frame["kind"] == "thank-you"))]
    mine = thanked["at"].where(thanked["kind"] == "thank-you")
    following = mine.groupby(thanked["person"], observed=True).bfill()
    limit = thanked["at"] + pd.Timedelta(hours=24)
    late = (thanked["kind"] == "interview") & ~(following <= limit) & (limit <= until)
    found = {
        "gap": lagged(outbound[outbound["kind"] == "follow-up"], 1, 7),
        "three": lagged(outbound, 3, 30),
        "calls": lagged(outbound[outbound["kind"] == "call"], 7, 7),
        "stop": frame[frame["out"] & seen],
        "thanks": thanked[late],
    }
    parts = [part.assign(rule=rule)[["rule", "person", "n", "at"]] for rule, part in found.items()]
    pd.concat(parts).to_csv(output, index=False)
    return {rule: len(part) for rule, part in found.items()}


def plain(log: Path, output: Path) -> dict[str, int]:
    """One pass over the rows with a little state a person; the log is in time order."""
    if log.suffix == ".csv":
        file = log.open(newline="")
        rows = csv.reader(file)
        next(rows)
    else:
        import pyarrow.parquet as pq

        batches = pq.ParquetFile(log).iter_batches(columns=list(CSV_COLUMNS))
        rows = (row for batch in batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True))
    from datetime import datetime, timedelta

    day = timedelta(days=1)
    gap, three, seven, opted = {}, {}, {}, set()
    waiting: dict[str, list[tuple[int, datetime]]] = {}
    found, latest = [], None
    for n, (person, at, kind, _, direction, _) in enumerate(rows, 1):
        latest = at = datetime.fromisoformat(at) if isinstance(at, str) else at
        if kind == "interview":
            waiting.setdefault(person, []).append((n, at))
        if direction == "outbound":
            if person in opted:
                found.append(("stop", person, n, at))
            recent = three.setdefault(person, deque(maxlen=3))
            if len(recent) == 3 and at - recent[0] < 30 * day:
                found.append(("three", person, n, at))
            recent.append(at)
            if kind == "follow-up":
                if person in gap and at - gap[person] < 7 * day:
                    found.append(("gap", person, n, at))
                gap[person] = at
            elif kind == "call":
                recent = seven.setdefault(person, deque(maxlen=7))
                if len(recent) == 7 and at - recent[0] < 7 * day:
                    found.append(("calls", person, n, at))
                recent.append(at)
            elif kind == "thank-you":
                for number, since in waiting.pop(person, ()):
                    if at > since + day:
                        found.append(("thanks", person, number, since))
        elif kind == "opt-out":
            opted.add(person)
    for person, open_ in waiting.items():
        found += [("thanks", person, n, since) for n, since in open_ if latest and since + day <= latest]
    with output.open("w", newline="") as file:
        csv.writer(file).writerows(found)
    return dict(Counter(row[0] for row in found))


def read_arrow(log: Path, output: Path) -> dict[str, int]:
    """Only read all columns: the person as text, the time parsed."""
    import pyarrow as pa

    if log.suffix == ".csv":
        import pyarrow.csv as pcsv

        types = {**dict.fromkeys(CSV_COLUMNS, pa.string()), "at": pa.timestamp("us", "UTC")}
        rows = pcsv.read_csv(log, convert_options=pcsv.ConvertOptions(column_types=types)).num_rows
    else:
        import pyarrow.parquet as pq

        rows = pq.read_table(log).num_rows
    return {"rows": rows}


def read_polars(log: Path, output: Path) -> dict[str, int]:
    """Only read all columns: the person as text, the time parsed."""
    import polars as pl

    if log.suffix == ".csv":
        frame = pl.read_csv(log, schema=dict.fromkeys(CSV_COLUMNS, pl.String))
        frame = frame.with_columns(pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us"))
    else:
        frame = pl.read_parquet(log)
    return {"rows": frame.height}


PEERS: dict[str, Callable[[Path, Path], dict[str, int]]] = {
    "duckdb": duckdb,
    "polars": polars,
    "pandas": pandas,
    "plain": plain,
    "read-arrow": read_arrow,
    "read-polars": read_polars,
}

if __name__ == "__main__":
    name, log, output = sys.argv[1:]
    print(json.dumps(PEERS[name](Path(log), Path(output))))
