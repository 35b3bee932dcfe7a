"""Writes the pages about the shipped policies: python docs/make_policy_pages.py."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from policy_sources import sources_page

from comity import Engine, Plugins
from comity.cases.load import load_cases
from comity.cases.page import write_page

HERE = Path(__file__).parent
POLICIES = HERE.parent / "policies"
PLUGIN = HERE.parent / "plugins/comity-collections/src/comity_collections/policies"
INDEX = """# Policies

Each page is made of a policy's file and of its cases: the rules in words, why they are there, where they come
from, and what the cases show. `comity policies` lists them, `comity show NAME` prints one, `comity copy NAME`
puts one into your folder to start from, `comity test` runs its cases. None of them is legal advice.
[Sources](SOURCES.md) has every number with its authority, and how and when that was seen.

| policy | industry | builds on |
| --- | --- | --- |
"""
AFTER = """
The policies of `debt-collection` come with the plugin
[comity-collections](../../plugins/comity-collections/README.md). The pages are written by
`python docs/make_policy_pages.py`.
"""


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page, the sources and the index last."""
    rows = []
    shipped, plugin = (
        [path for path in sorted(folder.glob("*.toml")) if not path.name.endswith(".cases.toml")]
        for folder in (POLICIES, PLUGIN)
    )
    plugins = Plugins([_collections()])
    for path in [*shipped, *plugin]:
        engine = Engine.of(path, plugins=plugins)
        meta = engine.policies[0].meta
        yield (
            f"{path.stem}.md",
            write_page(
                engine, path.read_text("utf-8"), load_cases(path.with_name(f"{path.stem}.cases.toml"))
            ),
        )
        bases = ", ".join(f"[{name}]({name}.md)" for name in meta.extends)
        rows.append(f"| [{meta.title}]({path.stem}.md) | {meta.industry} | {bases} |\n")
    yield "SOURCES.md", sources_page([*shipped, *plugin])
    yield "README.md", INDEX + "".join(rows) + AFTER


def _collections() -> object:
    """Return the plugin comity-collections of this tree, whether it is installed or not."""
    source = str(PLUGIN.parent.parent)
    if source not in sys.path:
        sys.path.append(source)
    return import_module("comity_collections.plugin")


def main() -> None:
    """Write all pages anew."""
    folder = HERE / "policies"
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        path.unlink()
    for name, text in pages():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
