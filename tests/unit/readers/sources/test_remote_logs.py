"""Logs at URLs: found, read, refused and named."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from comity import InputError, UsageError
from comity.audits.backends import BackEnd
from comity.storage.location import Location, locate, matching
from comity.storage.urls import is_url, shown_url
from lakes import ENGINE, both, found, messages

fsspec = pytest.importorskip("fsspec", reason="no fsspec: logs at URLs are not tested")
CSV = "person,at,kind,channel,direction\n" + "".join(
    f"ann,2026-03-0{day}T12:00:00Z,message,email,outbound\n" for day in (1, 2, 3)
)


@pytest.fixture
def memory() -> Iterator[Any]:
    """Return an empty file system in memory."""
    files = fsspec.filesystem("memory")
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


@both
def test_a_file(memory: Any, back_end: BackEnd) -> None:
    memory.pipe("/logs/a.csv", CSV.encode())
    report = ENGINE.audit("memory://logs/a.csv", engine=back_end)
    assert found(report) == [("ann", "#2"), ("ann", "#3")]


@both
def test_a_compressed_file(memory: Any, back_end: BackEnd) -> None:
    memory.pipe("/logs/a.csv.gz", gzip.compress(CSV.encode()))
    assert len(ENGINE.audit("memory://logs/a.csv.gz", engine=back_end).findings) == 2


@both
def test_a_glob_names_the_files_of_its_rows(memory: Any, back_end: BackEnd) -> None:
    memory.pipe("/logs/2026/a.csv", CSV.encode())
    memory.pipe("/logs/2026/b.csv", CSV.replace("ann,", "bob,").encode())
    memory.pipe("/logs/c.csv", CSV.replace("ann,", "cy,").encode())
    report = ENGINE.audit("memory://logs/*/[ab].csv", engine=back_end)
    assert found(report)[1:3] == [
        ("ann", "memory://logs/2026/a.csv#3"),
        ("bob", "memory://logs/2026/b.csv#2"),
    ]
    assert {person for person, _ in found(ENGINE.audit("memory://logs/**/*.csv"))} == {"ann", "bob", "cy"}


@both
def test_the_parquet_files_of_a_folder(memory: Any, back_end: BackEnd) -> None:
    for name, person in (("logs/day=1/b.parquet", "ann"), ("logs/a.parquet", "bob")):
        with memory.open(name, "wb") as file:
            pq.write_table(messages(person, [1, 2]), file)
    memory.pipe("/logs/_SUCCESS", b"")
    report = ENGINE.audit("memory://logs", engine=back_end)
    assert found(report) == [
        ("ann", "memory://logs/day=1/b.parquet#2"),
        ("bob", "memory://logs/a.parquet#2"),
    ]


@both
def test_a_file_url(tmp_path: Path, back_end: BackEnd) -> None:
    pc.write_csv(messages("ann", [1, 2]), tmp_path / "a.csv")
    assert len(ENGINE.audit(f"file://{tmp_path}/a.csv", engine=back_end).findings) == 1


@pytest.mark.parametrize(
    ("url", "fault", "message"),
    [
        (
            "memory://logs/none.csv",
            InputError,
            "memory://logs/none.csv: cannot be read: there is no such file",
        ),
        ("memory://logs/*.tsv", InputError, "memory://logs/*.tsv: cannot be read: there is no such file"),
        ("memory://logs", InputError, "memory://logs: cannot be read: is a folder: it has no Parquet files"),
        ("memory://logs/a.csv@v3", UsageError, "`memory://logs/a.csv` is no table of Delta Lake or Iceberg"),
        ("nowhere://logs/a.csv", UsageError, "nowhere://logs/a.csv: protocol not known: nowhere"),
        (Path("memory://logs/a.csv"), UsageError, "was a URL before it became a path: give it as a text"),
    ],
)
def test_what_is_no_log(memory: Any, url: str, fault: type[Exception], message: str) -> None:
    memory.pipe("/logs/a.csv", CSV.encode())
    with pytest.raises(fault) as error:
        ENGINE.audit(url)
    assert message in str(error.value)


def test_rejected_rows_name_the_url_without_its_secrets(memory: Any) -> None:
    memory.pipe("/logs/a.csv", CSV.replace("2026-03-02T", "no").encode())
    (rejection,) = ENGINE.audit("memory://logs/a.csv").rejections
    assert rejection.file == "memory://logs/a.csv"
    assert shown_url("https://me:secret@example.org/a.csv?token=1") == "https://example.org/a.csv"
    assert shown_url("abfs://box@account.example.org/a") == "abfs://box@account.example.org/a"
    assert shown_url("C:/a?b.csv") == "C:/a?b.csv"


def test_only_urls_are_urls() -> None:
    assert is_url("s3://box/a.csv")
    assert not any(map(is_url, ("a.csv", "C:\\a.csv", "c://a", "/a://b", "a/b://c", "-")))


def test_a_server_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(
        InputError, match=r"s3://box/a.csv: cannot be read: .*127\.0\.0\.1|NETWORK_CONNECTION"
    ):
        ENGINE.audit("s3://box/a.csv")


def test_without_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UsageError, match=r"need fsspec: pip install 'comity\[storage\]'; without it there"):
        ENGINE.audit("memory://logs/a.csv")


def test_the_files_that_a_pattern_stands_for(memory: Any) -> None:
    for name in ("/l/a1.csv", "/l/a2.csv", "/l/b/a1.csv", "/l/b/c/a1.csv", "/l/a.csv", "/l/a1xcsv"):
        memory.pipe(name, b"x")

    def names(pattern: str) -> list[str]:
        return [each.name.removeprefix("memory://l/") for each in matching(locate(f"memory://l/{pattern}"))]

    assert names("a[!2].csv") == ["a1.csv"]
    assert names("*.csv") == ["a.csv", "a1.csv", "a2.csv"]
    assert names("**/a1.csv") == ["a1.csv", "b/a1.csv", "b/c/a1.csv"]
    assert names("*/a*.csv") == ["b/a1.csv"]


@pytest.mark.parametrize(
    ("name", "path", "shown"),
    [
        ("s3://box/logs", "box/logs/a.parquet", "s3://box/logs/a.parquet"),
        ("abfs://box@account.example.org/logs", "box/logs/a", "abfs://box@account.example.org/logs/a"),
        ("sftp://example.org/logs", "/logs/a", "sftp://example.org/logs/a"),
        ("file:///logs", "/logs/a", "file:///logs/a"),
    ],
)
def test_files_of_a_folder_are_named_as_it_is(name: str, path: str, shown: str) -> None:
    assert Location(name, locate("memory://x").files, "").at(path).name == shown
