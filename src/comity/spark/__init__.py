"""Audits of Spark data frames: the engine goes to the workers, and the log stays where it is."""

try:
    import pyspark  # noqa: F401
except ImportError:
    raise ImportError("comity.spark needs pyspark: pip install 'comity[spark]'") from None

from comity.spark.frames import audit, findings, notices, rejected, report
from comity.spark.streaming import stream, too_late
from comity.spark.workers import check_workers

__all__ = ["audit", "check_workers", "findings", "notices", "rejected", "report", "stream", "too_late"]
