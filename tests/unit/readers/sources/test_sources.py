from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import Read, read_log

from comity.errors import InputError, UsageError
from comity.readers import BUILTIN_READERS, Log, LogFormat, Mapping

pa = pytest.importorskip("pyarrow")

T = "2025-03-01T09:30:00Z"
CSV = f"person,at\na,{T}\nb,{T}\n".encode()
JSONL = f'{{"person": "a", "at": "{T}"}}\n'.encode()


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue().to_pybytes())


@pytest.mark.parametrize("name", ["log.csv.gz", "log.csv", "LOG.CSV.GZ", "log.csv.zst"])
@pytest.mark.parametrize("pack", [gzip.compress, zstd, bytes])
def test_compression_is_told_by_the_content(read: Read, name: str, pack: Any) -> None:
    assert [event.person for event in read(pack(CSV), name).events] == ["a", "b"]


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_members_may_follow_one_another(read: Read, pack: Any) -> None:
    assert len(read(pack(CSV) + pack(b"c,2025-03-01T09:30:00Z\n"), "log.csv.gz").events) == 3


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_compressed_file_that_is_cut_off(read: Read, pack: Any) -> None:
    content = pack(os.urandom(100_000).hex().encode())
    with pytest.raises(InputError, match=r"log\.csv: ") as caught:
        read(content[: len(content) // 2], log=LogFormat(header=("person", "at")))
    assert "\n" not in str(caught.value)


def test_a_compressed_file_that_is_damaged(read: Read) -> None:
    content = gzip.compress(os.urandom(100_000).hex().encode())
    with pytest.raises(InputError, match=r"log\.csv: cannot be read: "):
        read(content[:200] + b"\0" * 50 + content[250:], log=LogFormat(header=("person", "at")))


def test_formats_are_told_by_name_mapping_extension_and_content(read: Read) -> None:
    assert read(JSONL, "log.csv", input_format="jsonl").events
    assert read(JSONL, "log.csv", log=LogFormat(format="jsonl")).events
    assert read(CSV, "log.json", log=LogFormat(format="jsonl"), input_format="csv").events
    assert read(JSONL, "log.txt").events
    assert read(b"\xef\xbb\xbf [" + JSONL.strip() + b"]", "log.data").events
    assert read(JSONL, "log.NDJSON").events


def test_an_unknown_format_is_a_usage_error(read: Read) -> None:
    with pytest.raises(UsageError, match="did you mean `jsonl`"):
        read(CSV, input_format="jsnl")
    with pytest.raises(
        UsageError, match=r"`\.txt` is not the extension of a log: state the format .*`csv`, `tsv`"
    ):
        read(CSV, "log.txt")
    with pytest.raises(UsageError, match="the file name has no extension"):
        read(CSV, "log")


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: cannot be read: no such file"):
        read_log([tmp_path / "none.csv"])
    with pytest.raises(InputError, match="cannot be read: is a directory"):
        read_log([tmp_path])
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(InputError, match="cannot be read: is a directory"):
        read_log([folder])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user without rights")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(CSV)
    path.chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        read_log([path])


@pytest.mark.parametrize("content", [CSV, JSONL, b"[" + JSONL + b"]", gzip.compress(CSV, mtime=0)])
def test_standard_input_is_sniffed_and_read_twice(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    result = read_log(["-"])
    assert result.events[0].person == "a"
    assert result.events[0].label == "#1"


def test_standard_input_is_one_log_only() -> None:
    with pytest.raises(UsageError, match="one log only"):
        Log(["-", "-"], readers=BUILTIN_READERS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(CSV,))
    writer.start()
    assert len(read_log([path]).events) == 2
    writer.join()


def test_progress_ends_at_the_size_of_the_files(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.jsonl.gz"]
    paths[0].write_bytes(b"person,at\n" + f"a,{T}\n".encode() * 50_000)
    paths[1].write_bytes(gzip.compress(JSONL, mtime=0))
    total = sum(path.stat().st_size for path in paths)
    seen: list[tuple[int, int]] = []
    log = Log(paths, readers=BUILTIN_READERS, mapping=Mapping(1), progress=lambda *at: seen.append(at))
    assert sum(map(len, log.batches())) == 50_001
    done = [at for at, _ in seen]
    assert done == sorted(done)
    assert len(set(done)) > 3
    assert seen[-1] == (total, total)
    assert {of for _, of in seen} == {total}


def test_a_reading_may_be_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"person,at\n" + f"a,{T}\n".encode() * 50_000)
    started: list[None] = []
    log = Log([path], readers=BUILTIN_READERS, on_start=lambda: started.append(None))
    batches = log.batches()
    first = next(batches)
    del batches
    assert log.tally.events == len(first)
    assert sum(map(len, log.batches())) == 50_000
    assert len(started) == 2
