"""What audits by columns cost where logs or policies have another form, as ratios to the plain log.

The logs take turns, so that all of them meet the same machine. Each figure is the median of whole processes
with their start-up. Beside the seconds are those of the processors, which other programs change less.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from columnar import logs_of, run

ZONE = "America/New_York"
AMERICAN = "%m/%d/%Y %I:%M:%S %p"
REJECTED = "a tenth of the rows rejected"
MAPPING = f'comity = 1\n[fields]\nat = {{ column = "at", format = "{AMERICAN}", timezone = "{ZONE}" }}\n'


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keep the logs there, and take those that are there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        log, parquet = logs_of(folder, options.events, "few")
        mapping = folder / "american.toml"
        mapping.write_text(MAPPING)
        zone, american = ["--timezone", ZONE], ["--mapping", str(mapping)]
        spoiled = _spoiled(log)
        rejects = ["--rejects", str(folder / "rejects.csv")]
        forms: dict[str, tuple[Path, str, list[str]]] = {
            "CSV": (log, "five", []),
            "shuffled": (logs_of(folder, options.events, "few", shuffled=True)[0], "five", []),
            REJECTED: (spoiled, "five", []),
            "the same, written with --rejects": (spoiled, "five", rejects),
            "local times": (_with_times(log, "%Y-%m-%dT%H:%M:%S"), "five", zone),
            "American local times, am and pm": (_with_times(log, AMERICAN), "five", american),
            "eight rules, local time": (log, "eight", []),
            "a hundred rules": (log, "hundred", []),
            "Parquet": (parquet, "five", []),
            "Parquet with ids": (_with_ids(parquet), "five", []),
            "Parquet, a hundred rules": (parquet, "hundred", []),
        }
        _table(forms, options.runs)


def _table(forms: dict[str, tuple[Path, str, list[str]]], runs: int) -> None:
    found: dict[str, list[tuple[float, float, float]]] = {what: [] for what in forms}
    violations: dict[str, int] = {}
    for _ in range(runs):
        for what, (log, policy, further) in forms.items():
            each = run("comity", log, policy, further, 3 if what == REJECTED else 0)
            found[what].append((each.seconds, each.busy, each.peak))
            violations[what] = sum(each.counts.values())
    print(f"{'':<34}{'s':>8}{'ratio':>8}{'processor s':>13}{'ratio':>8}{'MiB':>7}{'violations':>12}")
    plain = ""
    for what, rows in found.items():
        if what in ("CSV", "Parquet"):
            plain = what
        seconds, busy, peak = (statistics.median(column) for column in zip(*rows, strict=True))
        first, spent, _ = (statistics.median(column) for column in zip(*found[plain], strict=True))
        figures = f"{seconds:8.2f}{seconds / first:8.2f}{busy:13.2f}{busy / spent:8.2f}{peak:7.0f}"
        print(f"{what:<34}{figures}{violations[what]:12,}")


def _spoiled(log: Path) -> Path:
    """Write a copy of a log in which every tenth row is rejected: cut short, or with a day that is none."""
    path = log.with_name(f"{log.stem}-spoiled.csv")
    with log.open("rb") as good, path.open("wb") as file:
        for number, line in enumerate(good):
            if number and number % 20 == 0:
                line = line[: line.rindex(b",")] + b"\n"
            elif number % 20 == 10:
                person, at, rest = line.split(b",", 2)
                line = b",".join((person, at[:5] + b"13" + at[7:], rest))
            file.write(line)
    return path


def _with_times(log: Path, pattern: str) -> Path:
    """Write a copy of a log with local times in the form of a pattern."""
    path = log.with_name(f"{log.stem}-{'american' if pattern == AMERICAN else 'local'}.csv")
    texts = pcsv.ConvertOptions(column_types={"at": pa.timestamp("s", "UTC")})

    def changed(batch: pa.RecordBatch) -> pa.RecordBatch:
        place = batch.schema.get_field_index("at")
        local = pc.strftime(batch.column(place).cast(pa.timestamp("s", ZONE)), pattern)
        return batch.set_column(place, "at", local)

    _rewrite(pcsv.open_csv(log, convert_options=texts), path, changed)
    return path


def _rewrite(
    batches: pcsv.CSVStreamingReader, path: Path, changed: Callable[[pa.RecordBatch], pa.RecordBatch]
) -> None:
    writer, plain = None, pcsv.WriteOptions(quoting_style="none")
    for batch in map(changed, batches):
        writer = writer or pcsv.CSVWriter(path, batch.schema, write_options=plain)
        writer.write_batch(batch)
    if writer is not None:
        writer.close()


def _with_ids(log: Path) -> Path:
    """Write a copy of a log whose events have ids."""
    path = log.with_name(f"{log.stem}-ids.parquet")
    file, rows, writer = pq.ParquetFile(log), 0, None
    for group in range(file.num_row_groups):
        table = file.read_row_group(group)
        numbers = pa.array(range(rows, rows + table.num_rows)).cast(pa.string())
        ids = pc.binary_join_element_wise("evt-", pc.utf8_lpad(numbers, 12, "0"), "")
        rows += table.num_rows
        table = table.append_column("id", ids)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return path


if __name__ == "__main__":
    main()
