"""The command for `spark-submit`: audit a table or files, write the rows, and say what was found."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from comity.engine import Engine
from comity.errors import ComityError, EventError, InputError, UsageError, printable_lines
from comity.pieces.rows import FINDING, RECORD
from comity.plugins.manager import Plugins
from comity.policy.compose.search import looks_like_path
from comity.readers import Mapping, load_mapping
from comity.results.findings import SEVERITIES
from comity.results.report import Summary
from comity.spark.frames import audit, report

FAULT, BAD_INPUT = 2, 3
"""Exit statuses, as those of `comity audit`: a fault of the policy or the arguments; of the input."""
_EXAMPLE: Final = """example:
  spark-submit --packages ... $(python -c 'import comity.spark.__main__ as m; print(m.__file__)') \\
    --table crm.contacts --order-by contact_id --policy my-rules.toml \\
    --as-of 2025-07-01T00:00:00Z --output-table crm.contact_findings --mode overwrite

exit status: 0 nothing found, 1 violations, 2 the policy or the arguments are at fault, 3 the input is (also
where rows are rejected, or no rule judges anything). The summary goes to standard output as JSON.
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        "python -m comity.spark",
        description="Audit a table or files with Spark.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = made.add_mutually_exclusive_group(required=True)
    source.add_argument("--table", help="a table of the catalogue")
    source.add_argument("--path", help="a file or a folder of files")
    source.add_argument("--query", help="a query in SQL")
    made.add_argument("--format", default="parquet", help="the format of --path (default: parquet)")
    made.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="of the reader")
    made.add_argument("--policy", action="append", required=True, help="an id or a file; repeatable")
    made.add_argument("--policy-path", action="append", default=[], metavar="FOLDER")
    made.add_argument("--mapping", metavar="NAME-OR-FILE")
    made.add_argument("--no-plugins", action="store_true", help="load no installed plugins")
    made.add_argument("--order-by", required=True, metavar="COLUMN", help="its values are all different")
    made.add_argument("--as-of", required=True, metavar="INSTANT", help="now, with an offset")
    made.add_argument("--since", metavar="INSTANT")
    made.add_argument("--until", metavar="INSTANT")
    made.add_argument("--timezone", metavar="ZONE", help="of times without an offset")
    made.add_argument("--partitions", type=int, metavar="N", help="parts of the log (default: Spark decides)")
    target = made.add_mutually_exclusive_group(required=True)
    target.add_argument("--output", metavar="PATH", help="where to write the rows, as Parquet")
    target.add_argument("--output-table", metavar="NAME", help="the table to write the rows to")
    made.add_argument("--mode", choices=["error", "overwrite"], default="error", help="if it exists")
    made.add_argument("--fail-on", choices=[*SEVERITIES, "never"], default="error")
    made.add_argument("--allow-nothing", action="store_true", help="accept that no rule judges anything")
    return made


def main(arguments: Sequence[str]) -> int:
    """Run the command, and return its exit status."""
    given = parser().parse_args(arguments)
    try:
        return _run(given)
    except (InputError, EventError) as error:
        return _complain(str(error), BAD_INPUT)
    except ComityError as error:
        return _complain(str(error), FAULT)
    except OSError as error:
        return _complain(f"`{error.filename}`: {error.strerror}" if error.filename else str(error), FAULT)
    except PySparkException as error:
        return _complain(_reason(error), BAD_INPUT)


def _run(given: argparse.Namespace) -> int:
    plugins = Plugins() if given.no_plugins else Plugins.installed(report=_say)
    engine = Engine.of(
        *[Path(name) if looks_like_path(name) else name for name in given.policy],
        policy_path=[Path(folder) for folder in given.policy_path],
        plugins=plugins,
    )
    mapping = _mapping(given.mapping, plugins)
    session = SparkSession.builder.getOrCreate()
    rows = audit(
        _frame(session, given),
        engine,
        as_of=given.as_of,
        order_by=given.order_by,
        since=given.since,
        until=given.until,
        mapping=mapping,
        timezone=given.timezone,
        partitions=given.partitions,
    )
    if given.output is not None:
        rows.write.mode(given.mode).parquet(given.output)
        written = session.read.parquet(given.output)
    else:
        rows.write.mode(given.mode).saveAsTable(given.output_table)
        written = session.table(given.output_table)
    return _tell(written, engine, given)


def _tell(written: DataFrame, engine: Engine, given: argparse.Namespace) -> int:
    """Print the summary of the rows that were written; the findings stay where they are."""
    found = report(written.where(F.col(RECORD) != FINDING), engine)
    counts = {
        (severity, status): count
        for severity, status, count in written.where(F.col(RECORD) == FINDING)
        .groupBy("severity", "status")
        .count()
        .collect()
    }
    for notice in found.notices:
        _say(notice.to_text())
    print(json.dumps(found.summary.to_dict(), ensure_ascii=False))  # noqa: T201
    return _status(found.summary, counts, given)


def _status(summary: Summary, counts: dict[tuple[str, str], int], given: argparse.Namespace) -> int:
    unsure = any(status == "indeterminate" for _, status in counts)
    if summary.rows_rejected or unsure or not (summary.judged or given.allow_nothing):
        return BAD_INPUT
    if given.fail_on == "never":
        return 0
    counted = SEVERITIES[: SEVERITIES.index(given.fail_on) + 1]
    return int(any(counts.get((severity, "violation")) for severity in counted))


def _frame(session: SparkSession, given: argparse.Namespace) -> DataFrame:
    options = {}
    for each in given.option:
        name, sign, value = each.partition("=")
        if not sign:
            raise UsageError(f"--option `{each}` is not NAME=VALUE")
        options[name] = value
    if given.table is not None:
        return session.table(given.table)
    if given.query is not None:
        return session.sql(given.query)
    return session.read.format(given.format).options(**options).load(given.path)


def _mapping(name: str | None, plugins: Plugins) -> Mapping | str | None:
    if name is None or not (looks_like_path(name) or Path(name).is_file()):
        return name
    return load_mapping(name, channels=plugins.channels, left_out=plugins.left_out)


def _reason(error: PySparkException) -> str:
    """Return what Spark says in one line: what a worker of comity raised, if it did."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    ours = [line for line in lines if line.startswith("comity.errors.")]
    return ours[-1].partition(": ")[2] if ours else next(iter(lines), type(error).__name__)


def _say(text: str) -> None:
    print(f"comity: {printable_lines(text)}", file=sys.stderr)  # noqa: T201


def _complain(message: str, status: int) -> int:
    _say(message)
    return status
