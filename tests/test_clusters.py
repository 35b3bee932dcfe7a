"""The examples of docs/clusters.md, run where the packages are installed."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity import Engine

PAGE = (Path(__file__).parent.parent / "docs" / "clusters.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"```python (\w+)\n(.*?)```", PAGE, re.DOTALL))
START = dt.datetime(2025, 3, 3, 9, tzinfo=dt.UTC)
RULES = """
comity = 1

[policy]
id = "calls"
title = "Calls"
version = "1"
timezone = "Europe/Paris"

[rules.gap]
kind = "minimum-gap"
contact = { kind = "call" }
gap = "2 calendar days"
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pa.Table:
    """Write a log and a policy into the working folder."""
    count = 240
    rows = pa.table(
        {
            "person": [
                None if number == 7 else f"{'pP'[number % 2]}{number % 12}" for number in range(count)
            ],
            "at": [START + dt.timedelta(minutes=117 * number) for number in range(count)],
            "kind": ["call" if number % 5 else "letter" for number in range(count)],
            "id": [f"c{number}" for number in range(count)],
            "number": list(range(count)),
        }
    )
    pq.write_table(rows, tmp_path / "contacts.parquet", row_group_size=50)
    (tmp_path / "my-rules.toml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    return rows


@pytest.fixture
def ray_is_stopped() -> Iterator[None]:
    yield
    if find_spec("ray") is not None:
        import ray

        if ray.is_initialized():
            ray.shutdown()


@pytest.mark.parametrize("name", ["dask", "ray", "daft", "polars"])
@pytest.mark.filterwarnings("ignore")
def test_the_example_finds_what_an_audit_finds(log: pa.Table, name: str, ray_is_stopped: None) -> None:
    if find_spec(name) is None:
        pytest.skip(f"no {name}: it is not tested")
    known: dict[str, Any] = {"__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == "ray":
            import ray

            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        exec(BLOCKS["setup"], known)
        exec(BLOCKS[name], known)
    found = known["auditor"].report(known["rows"])
    wanted = Engine.of("my-rules.toml").audit(log, as_of="2025-07-01T00:00:00Z")
    assert list(found.findings) == list(wanted.findings) != []
    assert found.summary == wanted.summary
    assert found.summary.rows_rejected == 1


def test_what_was_not_run_is_said_to_be_so() -> None:
    not_run = re.findall(r"## ([\w ]+)\n(?:(?!\n## ).)*?```python not-run", PAGE, re.DOTALL)
    assert not_run == ["Polars", "Snowpark"]
    assert PAGE.count("was not run") >= 3
