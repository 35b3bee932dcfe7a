"""What `docs/plugins.md` shows happens, and it names all that there is."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import comity.testing
from comity import Plugins
from comity.plugins import hooks, load_industry
from comity.plugins.data_plugin import DataPlugin
from comity.plugins.known import KNOWN

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "plugins.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", TEXT, re.DOTALL)


def test_the_examples_do_what_they_say() -> None:
    names: dict[str, object] = {"__name__": "plugins_md"}
    assert len(BLOCKS) == TEXT.count("```python")
    for code, output in BLOCKS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "docs/plugins.md", "exec", dont_inherit=True), names)
        assert printed.getvalue() == output


def test_the_files_of_data_are_right(tmp_path: Path) -> None:
    (industry,) = re.findall(r"```toml industry\n(.*?)```", TEXT, re.DOTALL)
    (data,) = re.findall(r"```toml data\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "telegraphy.toml").write_text(industry, "utf-8")
    assert load_industry(tmp_path / "telegraphy.toml").same("kind", "wire") == {"message", "wire", "cable"}
    (tmp_path / "data.toml").write_text(data, "utf-8")
    assert Plugins([DataPlugin(tmp_path / "data.toml")]).channels.name("epistle") == "letter"
    (tmp_path / "both.toml").write_text(industry + data.replace("comity = 1\n", ""), "utf-8")
    assert "telegraphy" in Plugins([DataPlugin(tmp_path / "both.toml")]).industries


def test_every_hook_profile_check_and_known_plugin_is_named() -> None:
    specified = [name for name in vars(hooks) if name.startswith("comity_")]
    checks = [name for name in comity.testing.__all__ if name.startswith("check_")]
    for name in (*specified, *checks, *Plugins().mappings, *KNOWN):
        assert f"`{name}" in TEXT, f"docs/plugins.md does not name `{name}`"
