"""The engine: policies made ready once, then asked as often as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import attrs

import comity.online as online
from comity.errors import PolicyError, UsageError, suggest
from comity.events import Event
from comity.findings import Decision, Rejection, Report
from comity.plan import Plan
from comity.plugins.manager import Plugins
from comity.policy.load import load_policy
from comity.policy.lower import lower_policy
from comity.policy.model import Policy
from comity.policy.search import SearchPath, looks_like_path


@attrs.frozen
class Engine:
    """Policies lowered to one plan; immutable, and safe to share among threads."""

    plan: Plan
    policies: tuple[Policy, ...]
    plugins: Plugins = attrs.field(repr=False)

    @classmethod
    def of(
        cls,
        *policies: Policy | Path | str,
        policy_path: Sequence[Path] = (),
        plugins: Plugins | None = None,
    ) -> Engine:
        """Make an engine of policies: loaded ones, paths of files, ids, or TOML text.

        A text with a line break is TOML; one that has a separator or ends in `.toml` is a path; any other
        is an id, looked for in `policy_path`, the plugins' folders and the shipped ones. Raises PolicyError
        with every fault, UsageError for an unknown id or two policies of one id, and OSError where a file
        cannot be read.
        """
        plugins = plugins or Plugins()
        search = SearchPath((*policy_path, *plugins.search.folders))
        loaded = tuple(_load(policy, search, plugins) for policy in policies)
        ids = [policy.id for policy in loaded]
        for policy_id in ids:
            if ids.count(policy_id) > 1:
                raise UsageError(f"two policies have the id `{policy_id}`")
        plans = sorted(
            (lower_policy(policy, plugins.channels) for policy in loaded), key=lambda p: p.policies
        )
        plan = Plan(
            tuple(rule for plan in plans for rule in plan.rules),
            tuple(policy_id for plan in plans for policy_id in plan.policies),
            tuple(typed for plan in plans for typed in plan.typed),
        )
        return cls(plan, loaded, plugins)

    def decide(self, history: Iterable[Event], proposed: Event) -> Decision:
        """Say whether a proposed contact may be made, given the events before it.

        The history holds the events of one person, or of all those that the rules' `per` brings together;
        events after the proposed one are ignored.
        """
        return online.decide(self.plan, self.plugins.channels, history, proposed)

    def audit(
        self,
        log: Iterable[Event] | online.Source,
        *,
        as_of: int | None = None,
        since: int | None = None,
        until: int | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> Report:
        """Judge every event of a log and report in the order of persons and time.

        `log` is events in input order or a `comity.readers.Log`; `since` (inclusive) and `until` (exclusive)
        limit which events are judged. Instants are microseconds since 1970-01-01T00:00:00Z.
        """
        source = log if isinstance(log, online.Source) else online.Listed(tuple(log))
        summary, findings = online.audit(
            self.plan,
            self.plugins.channels,
            source,
            as_of=as_of,
            since=since,
            until=until,
            notice=notice,
        )
        rejections: Sequence[Rejection] = getattr(source, "rejections", ())
        return Report(summary, findings, rejections)


def _load(policy: Policy | Path | str, search: SearchPath, plugins: Plugins) -> Policy:
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, str) and "\n" not in policy:
        policy = Path(policy) if looks_like_path(policy) else find_policy(policy, search)
    return load_policy(policy, plugins.kinds, search, plugins.channels)


def find_policy(policy_id: str, search: SearchPath) -> Path:
    """Find a policy's file by id; raises UsageError with what is known."""
    found = search.find(policy_id)
    if found is None:
        known = search.ids()
        hint = suggest(policy_id, known) or f"known are {', '.join(known) or 'none'}"
        raise UsageError(f"no policy has the id `{policy_id}`: {hint}")
    return found


__all__ = ["Engine", "PolicyError", "find_policy"]
