"""The layers of the package: imports go strictly downwards."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import comity

LAYERS = (
    ("cli", "testing", "shadow"),
    ("cases",),
    ("engine",),
    ("back_ends",),
    ("plugins",),
    ("diagnostics",),
    ("kinds", "readers", "formatters", "online", "columnar"),
    ("policy",),
    ("decisions",),
    ("plan", "findings"),
    ("findings_table", "documents", "channels", "event_blocks"),
    ("event_columns", "arrow_arrays", "history", "email_addresses", "zone_runs"),
    ("sources", "repeated", "census"),
    ("events", "zone_sources"),
    ("event_values",),
    ("zones",),
    ("eras",),
    ("instants", "notices", "near", "requirements"),
    ("iso_times", "zone_names"),
    ("budgets", "files_below", "record_types"),
    ("errors", "identity", "nearness"),
)
"""From the top down; packages on one line do not import each other."""

PACKAGE = Path(comity.__file__).parent
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
BY_COLUMNS = {"log_blocks", "bulk", "arrow_arrays", "zone_runs"}
"""Modules that are imported by functions alone, when a log is read by columns."""
EXTRAS = {"click", "rich", "pyarrow", "numpy", "holidays"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem in RANK)


def imports(path: Path, *, only_at_import: bool = False) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    nodes = tree.body if only_at_import else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    here = layer(path)
    assert here in RANK, f"`{here}` stands in no layer"
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "comity" or len(parts) < 2:
            continue
        there = parts[1]
        if there not in RANK or there == here:
            assert there == here or there == "__version__", f"{path.name} imports {name}"
            continue
        assert RANK[there] > RANK[here], f"{here} imports {there}, which is not below it"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_extras_are_imported_only_where_they_are_needed(path: Path) -> None:
    if (
        layer(path) in ("cli", "columnar")
        or path.parent == PACKAGE / "readers" / "arrow"
        or path.stem in BY_COLUMNS
    ):
        return
    heavy = {name.split(".")[0] for name in imports(path, only_at_import=True)} & EXTRAS
    assert not heavy, f"{path.name} imports {heavy} when it is imported itself"


def test_every_layer_exists() -> None:
    existing = {layer(path) for path in modules()}
    assert existing == set(RANK)
