"""What the plugin offers, hook by hook."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from comity.plugins import Industry, hookimpl, load_industry
from comity_collections.seven_in_seven import SevenInSeven

COMITY_API = 1


@hookimpl
def comity_rule_kinds() -> Iterable[type[SevenInSeven]]:
    """Return the kind `seven-in-seven`."""
    return [SevenInSeven]


@hookimpl
def comity_industries() -> Iterable[Industry]:
    """Return the industry `debt-collection`, with its folder of policies."""
    return [load_industry(Path(__file__).parent / "debt_collection.toml")]
