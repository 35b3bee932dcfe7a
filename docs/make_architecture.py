"""Draw the pictures in docs/architecture.md from the code's own imports: python docs/make_architecture.py."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "architecture.md"
INSIDE = ("online", "columnar", "readers", "policy")
"""The packages that have a picture of their own."""
_PLACE = re.compile(r"(<!-- made: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)

Edges = set[tuple[str, str]]


def imports() -> Edges:
    """Return who imports whom at run time, module by module, imports inside functions included."""
    graph = grimp.build_graph("comity", exclude_type_checking_imports=True, cache_dir=None)
    return {
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }


def seen_from(package: str, edges: Iterable[tuple[str, str]]) -> Edges:
    """Return the imports between the direct children of a package, each once."""
    inside = [(child_of(package, one), child_of(package, other)) for one, other in edges]
    return {(one, other) for one, other in inside if one and other and one != other}


def child_of(package: str, module: str) -> str:
    """Return the child of a package that a module is or lies in; the empty text where it lies elsewhere."""
    return module.removeprefix(f"{package}.").split(".")[0] if module.startswith(f"{package}.") else ""


def without_detours(edges: Edges) -> Edges:
    """Leave out each edge that a longer way also gives; there must be no circle."""
    after: dict[str, set[str]] = {}
    for one, other in edges:
        after.setdefault(one, set()).add(other)

    def reached(node: str) -> Iterator[str]:
        for other in after.get(node, ()):
            yield other
            yield from reached(other)

    far = {node: {end for step in steps for end in reached(step)} for node, steps in after.items()}
    return {(one, other) for one, other in edges if other not in far[one]}


def layers() -> list[list[str]]:
    """Return the layers of the import contract, the highest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contract = next(each for each in settings["contracts"] if each["id"] == "layers")
    return [[name.strip() for name in line.split("|")] for line in contract["layers"]]


def purpose(name: str) -> str:
    """Return what a top-level module says that it is: the first line of its docstring."""
    path = ROOT / "src" / "comity" / name
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    lines = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").splitlines()
    return lines[0] if lines else ""


def whole(edges: Edges) -> str:
    """Draw all layers; an arrow is left out where a longer way leads to the same place."""
    lines = ["```mermaid", "flowchart TD"]
    for number, names in enumerate(layers()):
        lines.append(f'    subgraph layer{number}[" "]')
        lines += [f'        {name}["{name}"]' for name in names]
        lines.append("    end")
    lines += arrows(without_detours(seen_from("comity", edges)))
    return "\n".join([*lines, "```", ""])


def inside(package: str, edges: Edges) -> str:
    """Draw the imports between the folders and files of one package, all of them."""
    found = seen_from(f"comity.{package}", edges)
    return "\n".join(["```mermaid", "flowchart TD", *arrows(found), "```", ""])


def arrows(edges: Edges) -> list[str]:
    """Write arrows in a fixed order."""
    return [f"    {one} --> {other}" for one, other in sorted(edges)]


def table() -> str:
    """Write the layers with what each module is."""
    rows = ["| layer | module | what it is |", "| --- | --- | --- |"]
    for number, names in enumerate(layers(), 1):
        rows += [f"| {number} | `{name}` | {purpose(name)} |" for name in names]
    return "\n".join([*rows, ""])


def made(page: str) -> str:
    """Return the text of the page with what is made of the code put in anew."""
    edges = imports()
    parts = {"layers": table(), "comity": whole(edges)}
    parts |= {package: inside(package, edges) for package in INSIDE}
    return _PLACE.sub(lambda place: f"{place[1]}{parts[place[2]]}{place[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text("utf-8")), "utf-8")
