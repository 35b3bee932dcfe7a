"""Which packages make a verdict: they must be the same wherever a piece of a log is judged."""

from __future__ import annotations

import hashlib
import zoneinfo
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import Final

from comity.errors import UsageError
from comity.plugins.distribution import find_offered
from comity.plugins.manager import Plugins

ABSENT: Final = "not installed"
UNKNOWN: Final = "unknown, with the rules "
"""How the version of a time zone database begins that does not name it."""
_ZONES: Final = ("America/New_York", "Europe/Berlin", "Asia/Gaza", "Africa/Casablanca", "America/Santiago")


def packages_of(plugins: Plugins) -> dict[str, str]:
    """Return the versions of what verdicts depend on: comity, time zones, holidays, the loaded plugins."""
    return versions_of([state.offered.name for state in plugins.states if state.state == "loaded"])


def versions_of(plugins: Sequence[str]) -> dict[str, str]:
    """Return the versions of what verdicts depend on here, with some plugins by their names."""
    offered = {each.name: each.version for each in find_offered()} if plugins else {}
    return {
        "comity": import_module("comity").__version__,
        "tzdata": zone_data_version(),
        "holidays": version_of("holidays"),
        **{name: offered.get(name, ABSENT) for name in plugins},
    }


def version_of(distribution: str) -> str:
    """Return the version of an installed distribution, or that it is not installed."""
    try:
        return metadata.version(distribution)
    except (metadata.PackageNotFoundError, ValueError):
        return ABSENT


@cache
def zone_data_version() -> str:
    """Return the version of the time zone database that Python uses, or else what tells its rules apart."""
    for folder in map(Path, zoneinfo.TZPATH):
        for name, begin in (("tzdata.zi", "# version "), ("+VERSION", "")):
            try:
                with (folder / name).open(encoding="ascii") as file:
                    line = file.readline().strip()
            except (OSError, ValueError):
                continue
            if line.startswith(begin):
                return line.removeprefix(begin)
        if (folder / "Europe").is_dir():
            return UNKNOWN + _fingerprint()
    return version_of("tzdata")


def _fingerprint() -> str:
    """Return a digest of the rules of some zones that change often."""
    found = hashlib.sha256()
    for name in _ZONES:
        for folder in zoneinfo.TZPATH:
            path = Path(folder) / name
            if path.is_file():
                # The last line of the file is the rule for the future; the rest may be written in two ways.
                found.update(path.read_bytes().rstrip(b"\n").rpartition(b"\n")[2])
                break
    return found.hexdigest()[:12]


def check_packages(made_with: Mapping[str, str]) -> None:
    """Raise UsageError where packages differ here from those that an auditor was made with."""
    here = versions_of([name for name in made_with if name not in ("comity", "tzdata", "holidays")])
    refuse_differences(made_with, here, "this worker")


def refuse_differences(made_with: Mapping[str, str], there: Mapping[str, str], where: str) -> None:
    """Raise UsageError that names each package that has another version there, with both versions."""
    found = [
        f"{name} {_shown(there.get(name, ABSENT))} in place of {_shown(version)}"
        for name, version in made_with.items()
        if there.get(name, ABSENT) != version
    ]
    if found:
        raise UsageError(
            f"{where} has {' and '.join(found)}, with which the auditor was made: "
            "install the same versions everywhere"
        )


def _shown(version: str) -> str:
    return version if version[:1].isdigit() else f"({version})"
