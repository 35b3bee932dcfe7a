"""Readers of plugins that fail: told once, by the plugin's name, and a lack of memory is nobody's fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

import pytest

from comity import Engine, PluginError, Plugins
from comity.cli.main import BAD_INPUT, FAULT, guarded
from comity.readers import Reader, RowBatch
from comity.testing.plugin_of import plugin_of

POLICY = """
comity = 1
[policy]
id = "p"
title = "P"
version = "1"
[rules.none]
kind = "forbidden"
contact = {}
"""
ENGINES: tuple[Any, ...] = ("online", "columnar", "auto")


def audit(path: Path, reader: Reader, engine: Any, told: list[str]) -> None:
    log = path / "log.odd"
    log.write_text("x")
    made = Engine.of(POLICY, plugins=Plugins([plugin_of(readers=[reader])]))
    made.audit(made.log(log, timezone="UTC"), engine=engine, notice=told.append)


def failing(error: BaseException, calls: list[str]) -> Callable[..., Iterator[RowBatch]]:
    def read(stream: BufferedReader, *given: Any) -> Iterator[RowBatch]:
        calls.append("read")
        yield RowBatch([1], {"person": ["ann"], "at": ["2025-03-01T09:00:00Z"]})
        raise error

    return read


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reader_that_fails_is_asked_and_told_once(tmp_path: Path, engine: Any) -> None:
    calls: list[str] = []
    told: list[str] = []
    reader = Reader("odd", (".odd",), failing(ZeroDivisionError("no rows today"), calls))
    with pytest.raises(
        PluginError, match="the reader `odd` failed: ZeroDivisionError: no rows today"
    ) as caught:
        audit(tmp_path, reader, engine, told)
    assert caught.value.in_reading
    assert (calls, told) == (["read"], [])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reader_that_cannot_tell_its_logs_is_told_once(tmp_path: Path, engine: Any) -> None:
    told: list[str] = []

    def recognises(head: bytes) -> bool:
        raise ZeroDivisionError("no head")

    reader = Reader("odd", (".odd",), failing(ValueError(), []), recognises=recognises)
    with pytest.raises(PluginError, match="the reader `odd` failed: ZeroDivisionError: no head"):
        audit(tmp_path, reader, engine, told)
    assert told == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (MemoryError(), BAD_INPUT, "comity: out of memory\n"),
        (
            ZeroDivisionError("no rows"),
            FAULT,
            "comity: the reader `odd` failed: ZeroDivisionError: no rows (",
        ),
    ],
)
def test_a_lack_of_memory_is_said_in_the_same_words_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], error: Exception, status: int, said: str, engine: Any
) -> None:
    reader = Reader("odd", (".odd",), failing(error, []))
    assert guarded(lambda: audit(tmp_path, reader, engine, [])) == status
    written = capsys.readouterr().err
    assert written.startswith(said)
    assert written.count("\n") == 1


def test_splits_that_fail_are_read_one_by_one(tmp_path: Path) -> None:
    told: list[str] = []

    def read(*given: Any) -> Iterator[RowBatch]:
        yield RowBatch([1], {"person": ["ann"], "at": ["2025-03-01T09:00:00Z"]})

    def splits(*given: Any) -> Any:
        raise ZeroDivisionError("no splits")

    audit(tmp_path, Reader("odd", (".odd",), read, splits=splits), "columnar", told)
    assert len(told) == 1
    assert "event by event" in told[0]
