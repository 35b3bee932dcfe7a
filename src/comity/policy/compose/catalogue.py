"""Which policies exist: what the files on a search path say about themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from comity.policy.compose.search import policy_files, read_metadata
from comity.records import frozen

_WORDS: Final = ("title", "version", "industry")


@frozen
class Entry:
    """One policy file, as a list of policies shows it."""

    id: str
    title: str
    version: str
    industry: str
    origin: str
    """`shipped`, `plugin NAME`, or the folder."""
    path: Path
    hidden: bool = False
    """Whether an earlier folder has a policy with the same id, which is found instead."""

    def to_dict(self) -> dict[str, Any]:
        """Return the values for JSON."""
        return {**attrs.asdict(self), "path": str(self.path)}


def catalogue(folders: Iterable[tuple[str, Path]]) -> Iterator[Entry]:
    """List the policies of folders, which are given with their origins, in the order of the search.

    Files that cannot be read as TOML, or that have no id, are left out.
    """
    seen: set[str] = set()
    for origin, folder in folders:
        for path in policy_files(folder):
            table = read_metadata(path)
            policy_id = table.get("id")
            if isinstance(policy_id, str):
                title, version, industry = (str(table.get(key, "")) for key in _WORDS)
                yield Entry(policy_id, title, version, industry, origin, path, policy_id in seen)
                seen.add(policy_id)
