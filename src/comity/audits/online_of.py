"""The online back end of an engine, with what it needs beside the plan."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from comity.audits.table_batch import read_table
from comity.diagnostics import Proposed
from comity.notices import Notice
from comity.online import Online
from comity.plan import Plan
from comity.plugins.manager import Plugins
from comity.policy.model import Policy


def online_of(
    plan: Plan, policies: Sequence[Policy], plugins: Plugins, notices: tuple[Notice, ...]
) -> Online:
    """Return the back end for a plan of some policies; `notices` are those of every decision."""
    versions = {policy.id: policy.meta.version for policy in policies}
    about = Proposed(plan, plugins.channels)
    return Online(plan, plugins.channels, versions, notices, about, partial(read_table, plan))
