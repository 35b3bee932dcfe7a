"""Finding policies: by id in folders, or by a path relative to the file that extends them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from comity.documents import load_document
from comity.errors import PolicyError
from comity.files_below import names_in
from comity.records import frozen

CASES: Final = ".cases.toml"
"""The end of the name of a case file."""


@frozen
class SearchPath:
    """Folders of policies; the first one with an id is used."""

    folders: tuple[Path, ...] = ()

    def find(self, policy_id: str) -> Path | None:
        """Find the file of a policy by its id."""
        for folder in self.folders:
            likely = folder / f"{policy_id}.toml"
            if likely.is_file() and read_id(likely) == policy_id:
                return likely
            for path in policy_files(folder):
                if path != likely and read_id(path) == policy_id:
                    return path
        return None

    def ids(self) -> list[str]:
        """List the ids that can be found."""
        found = {read_id(path): None for folder in self.folders for path in policy_files(folder)}
        return sorted(policy_id for policy_id in found if policy_id)


def policy_files(folder: Path) -> Iterator[Path]:
    """Yield the policy files of a folder in the order of names, without pipes and devices.

    Raises UsageError for a folder that cannot be read.
    """
    if folder.is_dir():
        for path in sorted(folder / name for name in names_in(folder) if name.endswith(".toml")):
            if not is_cases(path) and path.is_file():
                yield path


def is_cases(path: Path) -> bool:
    """Return whether a file is a case file, not a policy."""
    return path.name.endswith(CASES)


def cases_beside(path: Path) -> Path:
    """Return where the cases of a policy file are, if it has any."""
    return path.with_name(path.stem + CASES)


def policy_beside(path: Path) -> Path:
    """Return where the policy of a case file is, if it is about one policy."""
    return path.with_name(path.name.replace(CASES, ".toml"))


def read_metadata(path: Path) -> dict[str, object]:
    """Read the table `[policy]` of a file; empty if it has none that can be read."""
    try:
        table = load_document(path).data.get("policy", {})
    except (OSError, PolicyError):
        return {}
    return table if isinstance(table, dict) else {}


def read_id(path: Path) -> str | None:
    """Read the id of a policy file; None if it has none that can be read."""
    found = read_metadata(path).get("id")
    return found if isinstance(found, str) else None


def looks_like_path(text: str) -> bool:
    """Return whether a text is a path, not an id: it has a separator or ends in `.toml`."""
    return "/" in text or "\\" in text or text.endswith(".toml")


def inside(path: Path, folder: Path) -> bool:
    """Return whether a path, with all links resolved, is in a folder."""
    return path.resolve().is_relative_to(folder.resolve())


def shipped(folders: Sequence[Path]) -> SearchPath:
    """Make a search path from the folders that exist."""
    return SearchPath(tuple(folder for folder in folders if folder.is_dir()))
