"""Sessions of Spark for tests: on this machine, as a library and through Spark Connect."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from typing import Any

MISSING = (
    "pyspark is not installed"
    if find_spec("pyspark") is None
    else "Java is not installed"
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME")
    else ""
)
"""Why Spark cannot be tested here; empty if it can."""


def open_session(kind: str) -> Any:
    """Return a session: `classic`, in this process, or `connect`, through a server of its own."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.config("spark.sql.shuffle.partitions", "4")
    if kind == "connect":
        return builder.remote("local[2]").getOrCreate()
    warehouse = tempfile.mkdtemp(prefix="comity-spark-")
    builder = builder.master("local[2]").config("spark.ui.enabled", "false")
    return builder.config("spark.sql.warehouse.dir", warehouse).getOrCreate()
