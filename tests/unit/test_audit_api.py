"""What audits take and give: rejections, completeness, and errors that are comity's own."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from comity import ComityError, Engine, Event, InputError, UsageError
from comity.readers import Rejection

POLICY = """comity = 1
[policy]
id = "p"
title = "A policy"
version = "1.0"
[rules.r]
kind = "forbidden"
contact = {}
"""


@pytest.fixture(params=["online", "columnar"])
def back_end(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def engine() -> Engine:
    return Engine.of(POLICY)


def test_the_first_hundred_rejections_are_in_the_report(
    engine: Engine, back_end: Any, tmp_path: Path
) -> None:
    path = tmp_path / "log.csv"
    rows = [f"p{number},{'x' if number % 2 else '2025-01-01T00:00:00Z'}\n" for number in range(300)]
    path.write_text("person,at\n" + "".join(rows))
    report = engine.audit(path, engine=back_end)
    assert report.summary.rows_rejected == 150
    assert [each.row for each in report.rejections] == list(range(2, 202, 2))
    assert report.rejections[0].file == str(path)
    assert not report.complete
    with pytest.raises(InputError, match=r"150 rows were rejected: .*log\.csv, row 2: `x` is not a date"):
        engine.audit(path, engine=back_end, on_rejected="raise")


def test_a_whole_log_is_complete(engine: Engine, back_end: Any, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("person,at\na,2025-01-01T00:00:00Z\n")
    report = engine.audit(path, engine=back_end, on_rejected="raise")
    assert (report.complete, report.rejections) == (True, ())
    with pytest.raises(UsageError, match="allowed are `report` and `raise`"):
        engine.audit(path, on_rejected="stop")  # type: ignore[arg-type]


def test_a_log_calls_back_while_it_is_read(engine: Engine, back_end: Any, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("person,at\na,2025-01-01T00:00:00Z\nb,yesterday\nc,2025-01-01T00:00:00Z\n")
    started: list[None] = []
    rejected: list[Rejection] = []
    read: list[tuple[int, int]] = []
    log = engine.log(
        path,
        on_start=lambda: started.append(None),
        on_reject=rejected.append,
        progress=lambda done, total: read.append((done, total)),
    )
    report = engine.audit(log, engine=back_end)
    assert started == [None]
    assert rejected == list(report.rejections)
    assert [each.row for each in rejected] == [2]
    if back_end == "online":
        size = path.stat().st_size
        assert read[-1] == (size, size)
    with pytest.raises(UsageError, match=r"on_reject=.*: it must be a function"):
        engine.log(path, on_reject="print")  # type: ignore[arg-type]


class Lazy:
    def collect(self) -> None: ...

    def lazy(self) -> None: ...


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (5, "`int` is not a log"),
        (None, "`NoneType` is not a log"),
        (b"person,at", "`bytes` is not a log"),
        ({"person": "a"}, "`dict` is not a log"),
        (Event("a", 1), "`Event` is not a log"),
        ([5], "`int` is not an event"),
        (Lazy(), "a lazy frame has no rows yet"),
        ("no/such/log.csv", "cannot be read: no such file"),
        (Path("no-such-log.parquet"), "cannot be read: no such file"),
    ],
)
def test_what_is_no_log_is_said(engine: Engine, log: Any, said: str) -> None:
    with pytest.raises(ComityError, match=said):
        engine.audit(log)


class NAType:
    """Compares as `pandas.NA` does."""

    def __eq__(self, other: object) -> Any:
        return self

    __ne__ = __eq__
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")


def test_cells_of_data_frames_that_are_absent(engine: Engine) -> None:
    given = {"person": "a", "at": "2025-01-01T00:00:00Z", "kind": NAType(), "note": NAType()}
    report = engine.audit([given])
    assert list(report.summary.census.signatures) == [("contact", "unspecified", "outbound", None)]
    with pytest.raises(ComityError, match="has no `person`"):
        engine.audit([{**given, "person": NAType()}])


def test_what_is_not_installed_is_said(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    report = engine.audit([Event("a", 1)])
    real = builtins.__import__

    def without(name: str, *rest: Any, **options: Any) -> Any:
        if name.split(".")[0] in ("pyarrow", "pandas"):
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    for ask in (report.to_pandas, report.to_arrow, report.__arrow_c_stream__):
        with pytest.raises(UsageError, match="need pyarrow"):
            ask()
    with pytest.raises(UsageError, match="number of bytes"):
        engine.audit([], memory="1GiB")  # type: ignore[arg-type]
