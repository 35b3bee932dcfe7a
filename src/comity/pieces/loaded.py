"""What an auditor needs of an engine."""

from __future__ import annotations

from typing import Protocol

from comity.notices import Notice
from comity.plan import Plan
from comity.plugins.manager import Plugins
from comity.policy.model import Policy


class Loaded(Protocol):
    """Policies that are loaded, as an `Engine` holds them."""

    @property
    def plan(self) -> Plan:
        """The plan of all rules."""

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies."""

    @property
    def plugins(self) -> Plugins:
        """The plugins."""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was noticed while plugins and policies were loaded."""
