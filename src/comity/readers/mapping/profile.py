"""Profiles: mapping files that are known by a name, such as the one for a product's export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from comity.errors import UsageError, one_of, suggest
from comity.events.channels.channel import Channels
from comity.readers.mapping.load_mapping import load_mapping
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.records import frozen
from comity.requirements import LeftOut, in_use


@frozen
class Profile:
    """A mapping file with a name."""

    name: str
    path: Path


def find_mapping(
    name: str,
    profiles: Mapping[str, Profile],
    advise: Callable[[str, str], str],
    channels: Channels | None = None,
    left_out: LeftOut = in_use,
) -> LogMapping:
    """Load the mapping of a profile; raises UsageError for an unknown name, PolicyError for its faults."""
    if name not in profiles:
        known = f"known are {one_of(sorted(profiles))}" if profiles else "none is known"
        hint = advise("mapping", name) or suggest(name, profiles) or known
        raise UsageError(f"no mapping is called `{name}`: {hint}")
    return load_mapping(profiles[name].path, channels=channels, left_out=left_out)


def profiles_in(folder: Path) -> Iterator[Profile]:
    """Yield the mapping files of a folder as profiles, in the order of their names."""
    for path in sorted(folder.glob("*.toml")):
        yield Profile(path.stem, path)
