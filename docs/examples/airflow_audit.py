"""A DAG for Airflow: every night, audit the events of the day before and keep what later nights need.

The folder must be on a disk that every worker sees, and that keeps it from night to night.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import dag, task

POLICY = "/srv/audit/rules.toml"
STATE = "/srv/audit/state"
EXPORTS = "/srv/audit/export"
FOUND = "/srv/audit/found"


@dag(
    schedule="15 2 * * *",
    start_date=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    catchup=True,
    max_active_runs=1,  # The days come one after another: an earlier one after a later one would be late.
    default_args={"retries": 2, "depends_on_past": True},
)
def audit_contacts() -> None:
    """Audit the contacts of each day."""

    @task
    def audit(ds: str | None = None) -> dict[str, int]:
        """Audit one day; a retry finds the same and changes nothing, if the first attempt was complete."""
        from pathlib import Path

        import pyarrow as pa
        import pyarrow.parquet as pq

        from comity import Engine
        from comity.incremental import AuditState

        engine = Engine.of(Path(POLICY))
        report = AuditState(STATE).run(engine, f"{EXPORTS}/{ds}.csv", on_rejected="raise")
        Path(FOUND).mkdir(exist_ok=True)
        pq.write_table(report.to_arrow(), f"{FOUND}/{ds}-new.parquet")
        withdrawn = pa.Table.from_batches(report.withdrawn.batches(), report.to_arrow().schema)
        pq.write_table(withdrawn, f"{FOUND}/{ds}-withdrawn.parquet")
        return {"new": len(report.findings), "withdrawn": len(report.withdrawn)}

    audit()


audit_contacts()
