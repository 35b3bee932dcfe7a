"""The public API changes on purpose alone."""

from __future__ import annotations

import runpy
from difflib import unified_diff
from pathlib import Path

API = runpy.run_path(str(Path(__file__).with_name("public_api.py")))


def test_the_public_api_is_the_one_that_is_written_down() -> None:
    written = API["FILE"].read_text("utf-8")
    difference = "\n".join(
        unified_diff(
            written.splitlines(), API["public_api"]().splitlines(), "written", "found", lineterm="", n=0
        )
    )
    assert not difference, (
        "the public API differs from tests/public_api.txt. Deprecate a name before you remove it. "
        f"Where the change is meant, renew the file: python tests/public_api.py\n{difference}"
    )


def test_signatures_show_all_sorts_of_parameters_and_every_overload() -> None:
    def sample(a: int, /, b: str = "x", *rest: float, c: bytes, d: object = print, **more: int) -> None: ...

    shown = "f(a: int, /, b: str = 'x', *rest: float, c: bytes, d: object = ..., **more: int) -> None"
    assert API["signature"]("f", sample) == shown
    assert API["signature"]("f", lambda a, *, b=1: 0) == "f(a, *, b=1)"
    lines = API["public_api"]().splitlines()
    assert sum(line.startswith("        monitor(") for line in lines) == 3
