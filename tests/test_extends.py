"""Composition as far as it needs files that are made on the spot, and writing policies back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import attrs
import pytest

from comity import PolicyError
from comity.plugins.manager import Plugins
from comity.policy.compose.search import SearchPath
from comity.policy.language.dump import dump_policy
from comity.policy.load import load_policy
from comity.policy.model import Policy
from comity.testing import case_files, load_cases

HERE = Path(__file__).parent
CASES = HERE / "cases"
POLICIES = HERE.parent / "policies"
PLUGINS = Plugins()


def load(source: Path | str, *folders: Path) -> Policy:
    search = SearchPath((*folders, *PLUGINS.search.folders))
    policy, _ = load_policy(source, attrs.evolve(PLUGINS.words, search=search))
    return policy


def faults(source: Path | str, *folders: Path) -> list[tuple[str, str, int, int]]:
    with pytest.raises(PolicyError) as caught:
        load(source, *folders)
    return [(p.code, Path(p.place.path).name, p.place.line, p.place.column) for p in caught.value.problems]


def write(path: Path, *extends: str, rest: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ", ".join(f'"{name}"' for name in extends)
    path.write_text(
        f'comity = 1\n[policy]\nid = "{path.stem}"\ntitle = "T"\nversion = "1.0"\nextends = [{names}]\n{rest}'
    )
    return path


def chain(folder: Path, links: int) -> Path:
    for number in range(links):
        write(folder / f"link-{number}.toml", f"link-{number + 1}")
    write(folder / f"link-{links}.toml", rest='[rules.deep]\nkind = "forbidden"\ncontact = {}\n')
    return folder / "link-0.toml"


def test_a_chain_of_sixteen_links_is_fine(tmp_path: Path) -> None:
    assert list(load(chain(tmp_path, 16), tmp_path).rules) == ["deep"]


def test_a_chain_of_seventeen_links_is_too_deep(tmp_path: Path) -> None:
    assert faults(chain(tmp_path, 17), tmp_path) == [("too-deep", "link-16.toml", 6, 12)]


def test_a_link_that_leaves_the_folder_leaves_it(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "base.toml")
    file = write(tmp_path / "here" / "file.toml", "base.toml")
    (tmp_path / "here" / "base.toml").symlink_to(tmp_path / "elsewhere" / "base.toml")
    assert faults(file) == [("outside-folder", "file.toml", 6, 12)]


def test_a_folder_that_is_a_link_leaves_it_too(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "base.toml")
    file = write(tmp_path / "here" / "file.toml", "packs/base.toml")
    (tmp_path / "here" / "packs").symlink_to(tmp_path / "elsewhere")
    assert faults(file) == [("outside-folder", "file.toml", 6, 12)]


def test_a_link_that_stays_in_the_folder_is_fine(tmp_path: Path) -> None:
    write(tmp_path / "packs" / "base.toml", rest='[rules.r]\nkind = "forbidden"\ncontact = {}\n')
    file = write(tmp_path / "file.toml", "alias.toml")
    (tmp_path / "alias.toml").symlink_to(tmp_path / "packs" / "base.toml")
    assert list(load(file).rules) == ["r"]


def test_a_folder_that_is_reached_by_a_link_is_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "real" / "base.toml", rest='[rules.r]\nkind = "forbidden"\ncontact = {}\n')
    write(tmp_path / "real" / "file.toml", "base.toml")
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    assert list(load(tmp_path / "alias" / "file.toml").rules) == ["r"]


def test_a_folder_whose_name_begins_alike_is_another(tmp_path: Path) -> None:
    write(tmp_path / "here-too" / "base.toml")
    assert faults(write(tmp_path / "here" / "file.toml", "../here-too/base.toml"))[0][0] == "outside-folder"


def test_an_absolute_path_is_refused_even_in_the_folder(tmp_path: Path) -> None:
    base = write(tmp_path / "base.toml")
    assert faults(write(tmp_path / "file.toml", str(base))) == [("outside-folder", "file.toml", 6, 12)]


def test_the_first_folder_that_has_an_id_wins(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write(tmp_path / name / "base.toml", rest=f'[rules.{name}]\nkind = "forbidden"\ncontact = {{}}\n')
    file = write(tmp_path / "file.toml", "base")
    assert list(load(file, tmp_path / "first", tmp_path / "second").rules) == ["first"]
    assert list(load(file, tmp_path / "second", tmp_path / "first").rules) == ["second"]


@pytest.mark.parametrize("name", ["faulty", "faulty-calendar", "faulty-effective", "faulty-zone"])
def test_faults_of_a_base_name_its_file(name: str) -> None:
    folder = CASES / "extends"
    base = {"faulty": "faulty-base"}.get(name, name.removeprefix("faulty-") + "-base")
    assert {fault[1] for fault in faults(folder / f"{name}.toml", folder)} == {f"{base}.toml"}


def faulty_documents() -> list[Any]:
    found = []
    for path in case_files(CASES):
        file = load_cases(path)
        found += [
            pytest.param(file.policy_of(case), path.parent, id=f"{path.parent.name}/{path.stem}: {case.name}")
            for case in file.case
            if case.errors is not None and len(case.errors) > 1
        ]
    return found


@pytest.mark.parametrize(("source", "folder"), faulty_documents())
def test_faults_come_in_the_order_of_their_places(source: Path | str, folder: Path) -> None:
    places = [fault[1:] for fault in faults(source, folder)]
    assert places == sorted(places)


def valid_documents() -> list[Any]:
    """Return every policy of the cases and of the package, each once."""
    found: dict[Path | str, Any] = {}
    for folder in (CASES, POLICIES):
        for path in case_files(folder):
            file = load_cases(path)
            for case in file.case:
                source = file.policy_of(case)
                if case.errors is not None or source in found:
                    continue
                if isinstance(source, str) and "\n" not in source:
                    continue
                name = source.name if isinstance(source, Path) else case.name
                found[source] = pytest.param(source, path.parent, id=f"{path.stem}: {name}")
    for path in sorted(POLICIES.glob("*.toml")):
        if not path.name.endswith(".cases.toml"):
            found.setdefault(path, pytest.param(path, POLICIES, id=path.stem))
    return list(found.values())


@pytest.mark.parametrize(("source", "folder"), valid_documents())
def test_a_policy_that_is_written_back_is_the_same(source: Path | str, folder: Path, tmp_path: Path) -> None:
    if isinstance(source, Path):
        copy = tmp_path / folder.name
        shutil.copytree(folder, copy)
        source, folder = copy / source.relative_to(folder), copy
    policy = load(source, folder)
    text = dump_policy(policy)
    if isinstance(source, Path):
        source.write_text(text)
    else:
        source = text
    again = load(source, folder)
    assert again == policy
    assert dump_policy(again) == text
