"""The hooks of comity: each gives records, and none changes the host.

A plugin is a module or object whose functions are marked with `comity.plugins.hookimpl` and bear the name of
a hook here. A distribution offers it by an entry point in the group `comity`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from comity.events import Channel
    from comity.formatters.formatter import Formatter
    from comity.policy.model import RuleKind
    from comity.readers.reader import Reader

hookspec = pluggy.HookspecMarker("comity")
hookimpl = pluggy.HookimplMarker("comity")


@hookspec
def comity_channels() -> Iterable[Channel]:
    """Give channels: their names, other names, and the medium that each is."""
    return ()


@hookspec
def comity_rule_kinds() -> Iterable[type[RuleKind]]:
    """Give rule kinds: attrs classes of a kind's own keys that lower to operators."""
    return ()


@hookspec
def comity_readers() -> Iterable[Reader]:
    """Give readers of log formats, by the names that `--input-format` takes."""
    return ()


@hookspec
def comity_formatters() -> Iterable[Formatter]:
    """Give formatters of reports, by the names that `--format` takes."""
    return ()


@hookspec
def comity_policy_folders() -> Iterable[Path]:
    """Give folders of policies, an industry's pack for instance, that are found by id."""
    return ()
