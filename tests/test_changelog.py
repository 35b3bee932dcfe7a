"""Fragments of the changelog have their form, and a release collects them."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COLLECT = runpy.run_path(str(ROOT / "changelog.d" / "collect.py"))


def test_the_fragments_have_their_form() -> None:
    COLLECT["fragments"](ROOT / "changelog.d")
    COLLECT["collected"]((ROOT / "CHANGELOG.md").read_text("utf-8"), [])


def test_fragments_go_to_the_end_of_the_first_version(tmp_path: Path) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## 2.0 (unreleased)\n\n- Old.\n\n## 1.0\n\n- Older.\n")
    folder = tmp_path / "changelog.d"
    folder.mkdir()
    (folder / "README.md").write_text("# How\n")
    (folder / "b.md").write_text("- Second.\n")
    (folder / "a.md").write_text("- First,\n  on two lines.\n- And another.\n")
    assert COLLECT["collect"](changelog, folder) == 2
    assert changelog.read_text() == (
        "# Changelog\n\n## 2.0 (unreleased)\n\n- Old.\n- First,\n  on two lines.\n- And another.\n- Second.\n"
        "\n## 1.0\n\n- Older.\n"
    )
    assert [path.name for path in folder.iterdir()] == ["README.md"]


def test_without_a_fragment_nothing_changes(tmp_path: Path) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## 2.0\n\n- Old.\n")
    folder = tmp_path / "changelog.d"
    folder.mkdir()
    assert COLLECT["collect"](changelog, folder) == 0
    assert changelog.read_text() == "# Changelog\n\n## 2.0\n\n- Old.\n"


@pytest.mark.parametrize(
    "text", ["", "No item.\n", "- One.\nnot indented\n", "- One.\n\n- Two.\n", "- No end"]
)
def test_other_lines_than_items_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 2.0\n")
    folder = tmp_path / "changelog.d"
    folder.mkdir()
    (folder / "a.md").write_text(text)
    with pytest.raises(ValueError, match=r"a\.md has other lines than items"):
        COLLECT["collect"](tmp_path / "CHANGELOG.md", folder)
    assert (folder / "a.md").exists()
    assert (tmp_path / "CHANGELOG.md").read_text() == "# Changelog\n\n## 2.0\n"


def test_a_changelog_without_a_version_is_refused() -> None:
    with pytest.raises(ValueError, match="no version"):
        COLLECT["collected"]("# Changelog\n", ["- One.\n"])
