"""What must be installed for a policy or a mapping, such as `comity-telephony >= 0.1`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from comity.texts.spelling import near, squeeze

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OURS: Final = (
    "comity-collections",
    "comity-mail",
    "comity-plugin-example",
    "comity-telephony",
    "comity-workbook",
)
"""Distributions of this project, for advice about a misspelling."""
LeftOut = Callable[[str], str]
"""Returns why the plugin of an installed distribution is not in use; empty if it is, or if it has none."""


def in_use(name: str) -> str:
    """Treat everything that is installed as in use."""
    return ""


def read_requirement(text: str) -> Requirement:
    """Read `DISTRIBUTION >= VERSION`; raises ValueError for any other text."""
    # Most policies require nothing.
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        made = Requirement(text)
    except InvalidRequirement:
        raise ValueError(f"`{text}` is not a requirement") from None
    if made.url is not None or made.extras:
        raise ValueError(f"`{text}` is more than a distribution and its versions")
    return made


def unmet(text: str, left_out: LeftOut = in_use) -> tuple[str, str] | None:
    """Return why a requirement is not met, and what to do; None if it is met.

    Raises ValueError for a text that is not a requirement.
    """
    from importlib import metadata  # Most policies require nothing.

    required = read_requirement(text)
    if required.marker is not None and not required.marker.evaluate():
        return None
    name, wanted = required.name, f"`{text.strip()}`"
    try:
        installed = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{wanted} is required, and it is not installed", _meant(name) or _install(required)
    if not required.specifier.contains(installed, prereleases=True):
        return f"{wanted} is required, and {installed} is installed", _install(required)
    if reason := left_out(name):
        return f"{wanted} is required, and its plugin is not in use: {reason}", ""
    return None


def _meant(name: str) -> str:
    """Suggest the distribution with a near name, known or installed; empty if there is none."""
    from importlib import metadata

    installed = {each.metadata["Name"] or "" for each in metadata.distributions()}
    known = sorted({*OURS, *installed} - {""})
    meant = f"comity-{name}" if f"comity-{name}" in known else near(name, known)
    return f"did you mean `{meant}`?" if meant is not None and squeeze(meant) != squeeze(name) else ""


def _install(required: Requirement) -> str:
    return f"pip install '{required.name}{required.specifier}'"
