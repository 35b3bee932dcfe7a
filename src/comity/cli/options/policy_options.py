"""The options of commands about policies: in which folders policies are searched, and finding one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from comity.engine import Engine
from comity.errors import UsageError, suggest, system_reason
from comity.plugins.manager import Plugins
from comity.policy.compose.search import SearchPath, cases_beside, looks_like_path

policy_path_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--policy-path",
    multiple=True,
    metavar="FOLDER",
    help="A folder in which policies are found by id, before the shipped ones. Repeatable.",
)


def folders_of(policy_path: tuple[str, ...]) -> list[Path]:
    """Return the folders of `--policy-path`; raises UsageError for one that is not a folder."""
    for folder in policy_path:
        if not Path(folder).is_dir():
            raise UsageError(f"--policy-path `{folder}` is not a folder")
    return [Path(folder) for folder in policy_path]


def files_of(engine: Engine) -> Iterator[tuple[str, Path]]:
    """Yield the files of policies, of what they extend, and of the cases beside them."""
    for policy in engine.policies:
        for path in policy.files:
            yield "policy", path
            yield "cases", cases_beside(path)


def find_policy(name: str, policy_path: tuple[str, ...], plugins: Plugins) -> Path:
    """Return the file of a policy, by its id or path; raises UsageError with advice."""
    if looks_like_path(name) or Path(name).is_file():
        if not Path(name).is_file():
            raise UsageError(f"there is no file `{name}`")
        return Path(name)
    search = SearchPath((*folders_of(policy_path), *plugins.search.folders))
    found = search.find(name)
    if found is None:
        advice = plugins.advise("policy", name) or suggest(name, search.ids())
        raise UsageError(f"no policy is called `{name}`: {advice or '`comity policies` lists them'}")
    return found


def read_file(path: Path) -> str:
    """Return the text of a file; raises UsageError where it cannot be read."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {system_reason(error)}") from None
    except UnicodeDecodeError:
        raise UsageError(f"`{path}` is not UTF-8") from None
