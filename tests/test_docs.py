"""The examples of the documentation are whole and right."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from comity import Engine, Plugins
from comity.readers import load_mapping
from comity.testing import load_cases, run_case

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "language.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml ?(\w*)\n(.*?)```", TEXT, re.DOTALL)
POLICIES = [text for kind, text in BLOCKS if not kind]
FRAGMENTS = [text for kind, text in BLOCKS if kind == "fragment"]
HEAD = """comity = 1
[policy]
id = "fragment"
title = "A fragment of the documentation"
version = "1.0"
timezone = "Europe/Paris"
[attributes]
score = "number"
limit = "number"
wanted = "text"
topics = "texts"
promised = "instant"
"""
NAMES = ("interview", "follow-up", "call", "agreed-call", "agreement", "conversation")


@pytest.mark.parametrize("text", POLICIES, ids=lambda text: re.search('id = "(.*)"', text)[1])  # type: ignore[index]
def test_a_policy_loads(text: str) -> None:
    assert Engine.of(text).plan.rules


@pytest.mark.parametrize("text", FRAGMENTS, ids=lambda text: text.split("\n")[0])
def test_a_fragment_is_right_in_its_place(text: str) -> None:
    if "extends" in text:
        Engine.of(HEAD.replace("[attributes]", text.replace("[policy]", "") + "[attributes]"))
        return
    selectors = [line for line in text.splitlines() if line.startswith("contact =")]
    if selectors and "[rules." not in text:
        text = "".join(f'[rules.r{n}]\nkind = "forbidden"\n{line}\n' for n, line in enumerate(selectors))
    known = set(tomllib.loads(text).get("events", {}))
    others = "".join(f'[events.{name}]\nkind = "{name}"\n' for name in NAMES if name not in known)
    Engine.of(HEAD + others + text)


def test_the_mapping_loads(tmp_path: Path) -> None:
    (text,) = [text for kind, text in BLOCKS if kind == "mapping"]
    path = tmp_path / "mapping.toml"
    path.write_text(text)
    assert load_mapping(path).also


def test_the_cases_pass(tmp_path: Path) -> None:
    (text,) = [text for kind, text in BLOCKS if kind == "cases"]
    (tmp_path / "newsletter.toml").write_text(POLICIES[0])
    (tmp_path / "newsletter.cases.toml").write_text(text)
    file = load_cases(tmp_path / "newsletter.cases.toml")
    assert len(file.case) == 2
    assert [run_case(file, case) for case in file.case] == [[], []]


def test_the_cases_with_a_header_pass(tmp_path: Path) -> None:
    (text,) = [text for kind, text in BLOCKS if kind == "header"]
    (tmp_path / "examples.cases.toml").write_text(text)
    file = load_cases(tmp_path / "examples.cases.toml")
    assert [run_case(file, case) for case in file.case] == [[]]


def test_every_rule_kind_has_a_section() -> None:
    assert set(re.findall(r"^### `([a-z-]+)`$", TEXT, re.MULTILINE)) == set(Plugins().kinds)


def test_links_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", TEXT)) <= headings


def test_the_python_example_prints_what_it_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(DOCS.parent)
    text = (DOCS / "auditing.md").read_text("utf-8")
    known: dict[str, object] = {}
    for example, output in re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", text, re.DOTALL):
        exec(example, known)
        assert capsys.readouterr().out == output


def test_the_tables_about_sql_are_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    page = DOCS / "sql.md"
    written = page.read_text("utf-8")
    assert __import__("make_sql_table").made(written) == written, "run: python docs/make_sql_table.py"
