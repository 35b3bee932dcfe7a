"""What the laws ask of the package."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from comity.engine import Engine
from comity.events import Channels, Event
from comity.findings import Decision, Finding
from comity.plugins.manager import Plugins
from comity.policy.load import load_policy
from comity.policy.model import Policy
from comity.policy.search import SearchPath

EXAMPLES = int(os.environ.get("COMITY_EXAMPLES", "60"))


@cache
def plugins() -> Plugins:
    return Plugins()


def channels() -> Channels:
    return plugins().channels


def load(text: str, *folders: Path) -> Policy:
    return load_policy(text, plugins().kinds, SearchPath(folders), channels())


def audit(
    policy: Policy,
    events: Sequence[Event],
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
) -> list[Finding]:
    engine = Engine.of(policy, plugins=plugins())
    return list(engine.audit(events, as_of=as_of, since=since, until=until).findings)


def decide(policy: Policy, history: Sequence[Event], proposed: Event) -> Decision:
    return Engine.of(policy, plugins=plugins()).decide(history, proposed)
