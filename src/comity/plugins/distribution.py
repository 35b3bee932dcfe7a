"""What installed distributions offer as plugins, found without an import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import attrs

from comity.records import frozen

if TYPE_CHECKING:
    from email.message import Message
    from importlib.metadata import EntryPoint

GROUP: Final = "comity"
"""The group of entry points in which distributions offer plugins."""
_TRACKERS: Final = ("issues", "issuetracker", "bugtracker", "bugs", "bugreports", "tracker", "reportissues")
_PAGES: Final = ("homepage", "home", "repository", "source", "sourcecode", "github")


@frozen
class Offered:
    """A plugin as an installed distribution offers it."""

    name: str
    """The name of the entry point."""
    value: str
    """What the entry point names: a module, an object in one, or a file of data in a package."""
    distribution: str = ""
    version: str = ""
    tracker: str = ""
    """Where to report issues with it: an address, or empty."""
    point: EntryPoint | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def title(self) -> str:
        """Return its name with its version, and where to report issues."""
        return plugin_title(self.distribution or self.name, self.version, self.tracker)

    def is_called(self, name: str) -> bool:
        """Return whether a name means it: the name of its entry point or of its distribution."""
        return _plain(name) in (_plain(self.name), _plain(self.distribution))


def plugin_title(name: str, version: str, tracker: str) -> str:
    """Write the name and version of a plugin, and where to report issues with it."""
    return f"{name} {version}".strip() + (f", issues: {tracker}" if tracker else "")


def find_offered() -> Iterator[Offered]:
    """Yield what installed distributions offer, sorted by name, each only once."""
    from importlib.metadata import entry_points  # It loads `email`: `import comity` does without.

    points = sorted(entry_points(group=GROUP), key=lambda point: (_name_of(point), point.name))
    seen: set[tuple[str, str, str]] = set()
    for point in points:
        offered = _offered(point)
        key = (_plain(offered.distribution), offered.name, offered.value)
        if key not in seen:
            seen.add(key)
            yield offered


def _offered(point: EntryPoint) -> Offered:
    distribution = point.dist
    if distribution is None:
        return Offered(point.name, point.value, point=point)
    metadata: Any = distribution.metadata
    return Offered(
        point.name,
        point.value,
        distribution.name or "",
        distribution.version or "",
        _tracker(metadata),
        point,
    )


def _tracker(metadata: Message) -> str:
    """Find where to report issues with a distribution, by the labels that package indexes use."""
    urls: dict[str, str] = {}
    for line in metadata.get_all("Project-URL") or ():
        label, _, url = str(line).partition(",")
        urls.setdefault(re.sub(r"[^a-z]", "", label.lower()), url.strip())
    if metadata.get("Home-page"):
        urls.setdefault("homepage", str(metadata["Home-page"]))
    found = next((urls[label] for label in (*_TRACKERS, *_PAGES) if label in urls), "")
    return found or str(metadata.get("Author-email") or metadata.get("Author") or "")


def _name_of(point: EntryPoint) -> str:
    return _plain(point.dist.name or "") if point.dist is not None else ""


def _plain(name: str) -> str:
    """Write the name of a distribution in the form in which package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
