"""The plugins of this repository are made as a stranger would make them: of public names alone."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path

import pytest

from comity import Plugins
from comity.plugins.known import KNOWN

ROOT = Path(__file__).parent.parent
FOLDERS = sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))
PUBLIC = {
    "comity",
    "comity.formatters",
    "comity.plan",
    "comity.plugins",
    "comity.policy.kind",
    "comity.readers",
    "comity.testing",
}
"""The modules that `docs/plugins.md` calls public."""


def test_the_documentation_names_the_public_modules() -> None:
    text = (ROOT / "docs" / "plugins.md").read_text("utf-8")
    assert all(f"`{module}`" in text for module in PUBLIC)
    assert {*KNOWN, "comity-plugin-example"} >= {folder.name for folder in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_plugin_imports_public_names_only(folder: Path) -> None:
    for path in sorted((*folder.glob("src/**/*.py"), *folder.glob("tests/**/*.py"))):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert not [
                    n.name for n in node.names if n.name.split(".")[0] == "comity" and n.name != "comity"
                ]
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "comity":
                assert node.module in PUBLIC, f"{path} imports from `{node.module}`"
                known = import_module(str(node.module)).__all__
                private = [alias.name for alias in node.names if alias.name not in known]
                assert not private, f"{path} imports {private} from `{node.module}`"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_plugin_is_a_whole_distribution(folder: Path) -> None:
    with (folder / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    assert project["name"] == folder.name
    assert project["entry-points"]["comity"]
    assert any(re.match(r"comity\b", requirement) for requirement in project["dependencies"])
    assert (folder / "README.md").stat().st_size > 300
    assert (folder / "LICENSE").is_file()
    assert list(folder.glob("tests/test_*.py"))
    assert list(folder.glob("src/*/py.typed"))


def addresses(plugins: Plugins) -> set[str]:
    """Return the channels of which a plugin says how their addresses are written."""
    return {name for name in plugins.channels.names() if plugins.channels.normalises(name)}


@pytest.mark.parametrize("name", KNOWN)
def test_a_plugin_provides_what_it_is_known_for(name: str) -> None:
    if name not in {distribution.name for distribution in distributions()}:
        pytest.skip(f"{name} is not installed")
    plugins = Plugins.installed(names=[name])
    built_in = Plugins()
    found = {
        "rule kind": set(plugins.kinds) - set(built_in.kinds),
        "channel": set(plugins.channels.names()) - set(built_in.channels.names()),
        "address": addresses(plugins) - addresses(built_in),
        "industry": set(plugins.industries) - set(built_in.industries),
        "reader": set(plugins.readers) - set(built_in.readers),
        "mapping": set(plugins.mappings) - set(built_in.mappings),
        "formatter": set(plugins.formatters) - set(built_in.formatters),
        "policy": set(plugins.search.ids()) - set(built_in.search.ids()),
    }
    assert {what: names for what, names in found.items() if names} == {
        what: set(names) for what, names in KNOWN[name].items()
    }
