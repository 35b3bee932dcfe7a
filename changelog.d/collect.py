"""Put the fragments in this folder at the end of the first version in CHANGELOG.md: collect.py [--check]."""

from __future__ import annotations

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
_ITEMS = re.compile(r"(- \S.*\n(  \S.*\n)*)+")


def fragments(folder: Path) -> dict[Path, str]:
    """Return the texts of the fragments, by name; raise ValueError for one with other lines than items."""
    found = {
        path: path.read_text("utf-8") for path in sorted(folder.glob("*.md")) if path.name != "README.md"
    }
    for path, text in found.items():
        if not _ITEMS.fullmatch(text):
            raise ValueError(
                f"{path.name} has other lines than items: `- ` begins one, two spaces continue it"
            )
    return found


def collected(changelog: str, texts: list[str]) -> str:
    """Return the changelog with some items at the end of its first version; raise ValueError without one."""
    head, mark, rest = changelog.partition("\n## ")
    if not mark:
        raise ValueError("the changelog has no version: a line that begins with `## `")
    first, mark_of_next, others = rest.partition("\n## ")
    return f"{head}{mark}{first.rstrip()}\n{''.join(texts)}{mark_of_next}{others}"


def collect(changelog: Path, folder: Path) -> int:
    """Move all fragments of a folder into a changelog, and return how many there were."""
    found = fragments(folder)
    changelog.write_text(collected(changelog.read_text("utf-8"), list(found.values())), "utf-8")
    for path in found:
        path.unlink()
    return len(found)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        fragments(FOLDER)
    else:
        collect(FOLDER.parent / "CHANGELOG.md", FOLDER)
