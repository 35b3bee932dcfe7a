"""The page about the architecture shows the code as it is."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "docs" / "architecture.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
]
FOLDERS = ("src", "tests", "docs", "plugins", "policies", "benchmarks", "changelog.d")


def test_the_pictures_are_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    written = PAGES[0].read_text("utf-8")
    made = __import__("make_architecture").made(written)
    sys.modules.pop("make_architecture")
    assert made == written, "run: python docs/make_architecture.py"


def test_a_picture_has_every_import_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    make = __import__("make_architecture")
    sys.modules.pop("make_architecture")
    edges = {("p.a.x", "p.b"), ("p.b", "p.c.y"), ("p.a.x", "p.c.y"), ("p.a.x", "p.a.z"), ("p.a.x", "q")}
    assert make.seen_from("p", edges) == {("a", "b"), ("b", "c"), ("a", "c")}
    assert make.without_detours(make.seen_from("p", edges)) == {("a", "b"), ("b", "c")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    named = set(re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", text))
    missing = sorted(name for name in named if "NAME" not in name and not (ROOT / name).exists())
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    missing += sorted(link for link in links if not (page.parent / link).exists())
    assert not missing


def test_unit_tests_are_in_the_folders_of_what_they_test() -> None:
    unit = ROOT / "tests" / "unit"
    tests = sorted(unit.rglob("test_*.py"))
    astray = [
        path for path in tests if not (ROOT / "src" / "comity" / path.parent.relative_to(unit)).is_dir()
    ]
    assert not astray, "src/comity has no such folder"
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names)), "two test files have one name"


def test_names_of_the_glossary_are_in_the_files_that_it_gives() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| `(src/[^`]+)` \|$", PAGES[1].read_text("utf-8"), re.MULTILINE)
    assert len(rows) > 9
    astray = [(n, f) for n, f in rows if not re.search(rf"\b{n}\b", (ROOT / f).read_text("utf-8"))]
    assert not astray
