"""Tables of Delta Lake and Apache Iceberg as logs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity import InputError, UsageError
from comity.audits.backends import BackEnd
from lakes import ENGINE, POLICY, both, found, messages


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    """Return a table of Delta Lake: ann has three messages, and later bob two."""
    deltalake = pytest.importorskip("deltalake", reason="no deltalake: its tables are not tested")
    folder = tmp_path / "lake" / "contacts"
    deltalake.write_deltalake(folder, messages("ann", [1, 2, 3]), partition_by=["kind"])
    deltalake.write_deltalake(folder, messages("bob", [1, 2]), mode="append")
    return folder


class TestDelta:
    @both
    def test_the_latest_version_is_read_and_said(self, delta: Path, back_end: BackEnd) -> None:
        report = ENGINE.audit(delta, engine=back_end)
        assert found(report) == [("ann", "#2"), ("ann", "#3"), ("bob", "#5")]
        (notice,) = report.notices
        assert (notice.code, notice.example) == ("table-version", "version 1")
        assert f"`{delta}@v1` is the same rows again" in (notice.help or "")

    @both
    def test_rows_that_were_deleted_are_not_read(self, delta: Path, back_end: BackEnd) -> None:
        from deltalake import DeltaTable

        DeltaTable(delta).delete("person = 'ann'")
        assert found(ENGINE.audit(delta, engine=back_end)) == [("bob", "#2")]
        assert len(ENGINE.audit(f"{delta}@v1", engine=back_end).findings) == 3

    @both
    def test_rows_come_in_the_order_in_which_they_were_added(self, tmp_path: Path, back_end: BackEnd) -> None:
        deltalake = pytest.importorskip("deltalake", reason="no deltalake: its tables are not tested")
        for number in range(12):
            row = messages("ann", [3], actor=f"agent-{number}")
            deltalake.write_deltalake(tmp_path / "t", row, mode="append")
        events = [event for batch in ENGINE.log(tmp_path / "t").batches() for event in batch]
        assert [event.actor for event in events] == [f"agent-{number}" for number in range(12)]

    def test_a_version_that_there_is_not(self, delta: Path) -> None:
        with pytest.raises(InputError, match=r"contacts: cannot be read as a table of Delta Lake: .*version"):
            ENGINE.audit(f"{delta}@v7")

    def test_a_folder_above_is_no_log(self, delta: Path) -> None:
        with pytest.raises(InputError, match=r"`contacts` in it is a table of a data lake.*name that folder"):
            ENGINE.audit(delta.parent)

    def test_another_format_is_refused(self, delta: Path) -> None:
        with pytest.raises(UsageError, match="is a table of Delta Lake: leave the format `csv` out"):
            ENGINE.audit(ENGINE.log(delta, input_format="csv"))

    def test_deletion_vectors_are_refused(self, delta: Path) -> None:
        protocol = {"minReaderVersion": 3, "minWriterVersion": 7}
        features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
        log = delta / "_delta_log" / f"{2:020}.json"
        log.write_text(json.dumps({"protocol": {**protocol, **features}}) + "\n")
        with pytest.raises(InputError, match="uses `deletionVectors`, which is not read: rewrite it without"):
            ENGINE.audit(delta)

    def test_without_the_package(self, delta: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "deltalake", None)
        with pytest.raises(
            UsageError, match=r"contacts: is a table of Delta Lake.*pip install 'comity\[delta"
        ):
            ENGINE.audit(delta)

    @both
    def test_local_times_need_a_zone(self, tmp_path: Path, back_end: BackEnd) -> None:
        deltalake = pytest.importorskip("deltalake", reason="no deltalake: its tables are not tested")
        table = messages("ann", [1, 2])
        naive = table.set_column(0, "at", table["at"].cast(pa.timestamp("us")))
        deltalake.write_deltalake(tmp_path / "t", naive)
        report = ENGINE.audit(tmp_path / "t", engine=back_end)
        assert report.summary.rows_rejected == 2
        log = ENGINE.log(tmp_path / "t", timezone="Europe/Lisbon")
        assert len(ENGINE.audit(log, engine=back_end).findings) == 1


@pytest.fixture
def iceberg(tmp_path: Path) -> Any:
    """Return a table of Iceberg in a catalog: ann has three messages, and later bob two."""
    pytest.importorskip("pyiceberg", reason="no pyiceberg: its tables are not tested")
    sql = pytest.importorskip("pyiceberg.catalog.sql", reason="no SQLAlchemy: Iceberg is not tested")
    catalog = sql.SqlCatalog("lake", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}/lake")
    catalog.create_namespace("crm")
    table = catalog.create_table("crm.contacts", schema=messages("", []).schema)
    table.append(messages("ann", [1, 2, 3]))
    table.append(messages("bob", [1, 2]))
    yield table
    catalog.engine.dispose()


def folder_of(table: Any) -> str:
    return str(table.location()).removeprefix("file://")


class TestIceberg:
    @both
    def test_the_latest_snapshot_is_read_and_said(self, iceberg: Any, back_end: BackEnd) -> None:
        for name in (iceberg.metadata_location, folder_of(iceberg)):
            report = ENGINE.audit(name, engine=back_end)
            assert found(report) == [("ann", "#2"), ("ann", "#3"), ("bob", "#5")]
            (notice,) = report.notices
            assert notice.example == f"snapshot {iceberg.current_snapshot().snapshot_id}"

    @both
    def test_an_earlier_snapshot(self, iceberg: Any, back_end: BackEnd) -> None:
        first = iceberg.snapshots()[0].snapshot_id
        report = ENGINE.audit(f"{folder_of(iceberg)}@v{first}", engine=back_end)
        assert found(report) == [("ann", "#2"), ("ann", "#3")]
        with pytest.raises(InputError, match=f"has no snapshot `7`: the latest are {first}, "):
            ENGINE.audit(f"{folder_of(iceberg)}@v7", engine=back_end)

    @both
    def test_rows_that_were_deleted_are_not_read(self, iceberg: Any, back_end: BackEnd) -> None:
        iceberg.delete("person == 'ann'")
        assert found(ENGINE.audit(folder_of(iceberg), engine=back_end)) == [("bob", "#2")]

    def test_a_table_without_rows(self, iceberg: Any) -> None:
        empty = iceberg.catalog.create_table("crm.empty", schema=messages("", []).schema)
        report = ENGINE.audit(folder_of(empty))
        assert report.summary.events == 0

    def test_a_folder_above_and_two_newest_descriptions(self, iceberg: Any) -> None:
        folder = Path(folder_of(iceberg))
        with pytest.raises(InputError, match="in it is a table of a data lake"):
            ENGINE.audit(folder.parent)
        newest = max((folder / "metadata").glob("*.metadata.json"))
        (folder / "metadata" / f"{newest.name[:6]}x.metadata.json").write_bytes(newest.read_bytes())
        with pytest.raises(InputError, match=r"several newest descriptions of a table.*name the one that"):
            ENGINE.audit(folder)

    def test_names_that_are_no_table(self, iceberg: Any) -> None:
        with pytest.raises(UsageError, match=r"write `iceberg://CATALOG/NAMESPACE.TABLE`"):
            ENGINE.audit("iceberg://lake")
        with pytest.raises(InputError, match=r"iceberg://none/crm.x: the catalog `none` cannot be used"):
            ENGINE.audit("iceberg://none/crm.x")

    def test_a_table_of_a_catalog(self, iceberg: Any, tmp_path: Path) -> None:
        (tmp_path / "p.toml").write_text(POLICY)
        settings = {
            "PYICEBERG_CATALOG__LAKE__TYPE": "sql",
            "PYICEBERG_CATALOG__LAKE__URI": f"sqlite:///{tmp_path}/c.db",
        }
        run = [sys.executable, "-m", "comity", "audit", "iceberg://lake/crm.contacts", "--policy", "p.toml"]
        result = subprocess.run(
            [*run, "--format", "jsonl"],
            cwd=tmp_path,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert result.returncode == 1, result.stderr
        assert [json.loads(line).get("event") for line in result.stdout.splitlines()[:3]] == [
            "#2",
            "#3",
            "#5",
        ]


def test_a_version_of_what_is_no_table(tmp_path: Path) -> None:
    pq.write_table(messages("ann", [1, 2]), tmp_path / "a.parquet")
    with pytest.raises(UsageError, match=r"`@v3` is a version of a table, and .* is no table of Delta"):
        ENGINE.audit(f"{tmp_path}@v3")
    pq.write_table(messages("ann", [1, 2]), tmp_path / "a@v3")
    log = ENGINE.log(tmp_path / "a@v3", input_format="parquet")
    assert len(ENGINE.audit(log).findings) == 1
