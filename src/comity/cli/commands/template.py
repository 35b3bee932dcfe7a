"""The template of a plugin: the files of the example plugin under another name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final

from comity.errors import UsageError

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MODEL: Final = "plugin-example"
"""The name of the example plugin, whose distribution is `comity-plugin-example`."""
_LEFT_OUT: Final = frozenset({"__pycache__", ".pytest_cache", ".hypothesis", "dist", "build"})


def plugin_name(text: str) -> str:
    """Return the name of a new plugin, given with or without `comity-` before it; raises UsageError."""
    name = text.strip().lower().replace("_", "-").replace(" ", "-").removeprefix("comity-")
    if not _NAME.fullmatch(name):
        allowed = "small letters, digits and `-`, a letter first, such as `carrier-pigeons`"
        raise UsageError(f"`{text}` is not a name of a plugin: allowed are {allowed}")
    return name


def plugin_files(name: str) -> Iterator[tuple[PurePath, str]]:
    """Yield the files of a new plugin: each path in its folder, and the text."""
    folder = _template()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not _LEFT_OUT & set(inside.parts):
            yield PurePath(_renamed(str(inside), name)), _renamed(path.read_text("utf-8"), name)


def _renamed(text: str, name: str) -> str:
    """Return a text with the new name instead of the example's: in words, identifiers and class names."""
    plain, title = name.replace("-", "_"), "".join(map(str.title, name.split("-")))
    text = text.replace(_MODEL.replace("-", "_"), plain).replace(_MODEL, name)
    return text.replace("PluginExample", title)


def _template() -> Path:
    """Return the folder of the example plugin: in the package, or beside it in a source tree."""
    package = Path(__file__).parents[2]
    for folder in (package / "plugin_template", package.parent.parent / "plugins" / f"comity-{_MODEL}"):
        if folder.is_dir():
            return folder
    raise UsageError("this installation has no template of a plugin: install comity again")
