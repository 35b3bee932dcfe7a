"""Object storage: a server on this machine that speaks S3; logs are read from it, reports written to it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from comity import InputError
from comity.audits.backends import BackEnd
from lakes import ENGINE, POLICY, both, found, messages

moto = pytest.importorskip("moto.server", reason="no moto: object storage is not tested")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a server; returns its URL."""
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def storage(server: str, monkeypatch: pytest.MonkeyPatch) -> fs.FileSystem:
    """Return the file system of the server, with the bucket `box`; the environment says where it is."""
    for name, value in settings(server).items():
        monkeypatch.setenv(name, value)
    files = fs.S3FileSystem(
        endpoint_override=server.removeprefix("http://"), scheme="http", allow_bucket_creation=True
    )
    files.create_dir("box")
    files.delete_dir_contents("box")
    return files


def settings(server: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def put(files: fs.FileSystem, path: str, table: pa.Table) -> None:
    """Write a table as a file, by the extension of its name."""
    held = io.BytesIO()
    (pq.write_table if path.endswith(".parquet") else pc.write_csv)(table, held)
    with files.open_output_stream(path) as file:
        file.write(held.getvalue())


@both
@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_file(storage: fs.FileSystem, back_end: BackEnd, name: str) -> None:
    put(storage, f"box/logs/{name}", messages("ann", [1, 2, 3]))
    assert found(ENGINE.audit(f"s3://box/logs/{name}", engine=back_end)) == [("ann", "#2"), ("ann", "#3")]


@both
def test_a_folder_of_partitions(storage: fs.FileSystem, back_end: BackEnd) -> None:
    for channel in ("email", "sms"):
        rows = messages(channel, [1, 2]).drop_columns(["channel"])
        put(storage, f"box/logs/channel={channel}/a.parquet", rows)
    report = ENGINE.audit("s3://box/logs", engine=back_end)
    assert found(report) == [("email", "s3://box/logs/channel=email/a.parquet#2")]


def test_a_table_of_delta_lake(storage: fs.FileSystem, server: str) -> None:
    deltalake = pytest.importorskip("deltalake", reason="no deltalake: its tables are not tested")
    options = {"AWS_ALLOW_HTTP": "true"}
    deltalake.write_deltalake("s3://box/lake", messages("ann", [1, 2]), storage_options=options)
    report = ENGINE.audit("s3://box/lake")
    assert found(report) == [("ann", "#2")]
    assert "`s3://box/lake@v0` is the same rows again" in (report.notices[0].help or "")


@pytest.mark.parametrize("url", ["s3://box/none.csv", "s3://no-box/a.csv"])
def test_what_is_not_there(storage: fs.FileSystem, url: str) -> None:
    with pytest.raises(InputError, match=f"{url}: cannot be read: there is no such file"):
        ENGINE.audit(url)


def audit(server: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "p.toml").write_text(POLICY)
    return subprocess.run(
        [sys.executable, "-m", "comity", "audit", "--policy", "p.toml", *arguments],
        cwd=folder,
        env={**os.environ, **settings(server)},
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_reports_and_rejected_rows_are_written_there(
    storage: fs.FileSystem, server: str, tmp_path: Path
) -> None:
    put(storage, "box/a.csv", messages("ann", [1, 2, 3]))
    with storage.open_output_stream("box/b.csv") as file:
        file.write(b"person,at,kind,channel,direction\nbob,never,message,email,outbound\n")
    outputs = ("--output", "s3://box/out/f.jsonl", "--rejects", "s3://box/out/r.csv")
    result = audit(server, tmp_path, "s3://box/*.csv", "--format", "jsonl", *outputs)
    assert result.returncode == 1, result.stderr
    lines = storage.open_input_stream("box/out/f.jsonl").read().decode().splitlines()
    assert [json.loads(line).get("event") for line in lines[:2]] == ["s3://box/a.csv#2", "s3://box/a.csv#3"]
    assert b"bob" in storage.open_input_stream("box/out/r.csv").read()


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            "s3://no-box/f.csv",
            "no-box/f.csv: cannot be written: there is no bucket or container `no-box`",
        ),
        ("s3://box/a.csv", "--output `s3://box/a.csv` would replace the log `s3://box/a.csv`"),
        ("nowhere://f.csv", "nowhere://f.csv: protocol not known: nowhere"),
    ],
)
def test_what_cannot_be_written(
    storage: fs.FileSystem, server: str, tmp_path: Path, output: str, message: str
) -> None:
    put(storage, "box/a.csv", messages("ann", [1, 2, 3]))
    result = audit(server, tmp_path, "s3://box/a.csv", "--format", "csv", "--output", output)
    assert result.returncode == 2
    assert message in result.stderr


def test_nothing_is_written_where_the_audit_fails(
    storage: fs.FileSystem, server: str, tmp_path: Path
) -> None:
    result = audit(server, tmp_path, "s3://box/none.csv", "--format", "csv", "--output", "s3://box/f.csv")
    assert result.returncode == 3
    assert "s3://box/none.csv: cannot be read: there is no such file" in result.stderr
    assert storage.get_file_info("box/f.csv").type == fs.FileType.NotFound
