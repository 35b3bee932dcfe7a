"""The online back end as the engine sees it: one plan, and all questions that it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from comity.errors import UsageError
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.events.event_like import EventLike
from comity.events.history import History
from comity.events.repeated import Repeated
from comity.events.sources import Source
from comity.notices import Notice
from comity.online.audit import audit
from comity.online.compiled_plan import About, CompiledPlan, ReadTable, nothing_about
from comity.online.monitor.late_monitor import LateMonitor
from comity.online.monitor.monitor import Monitor
from comity.online.monitor.monitor_base import MonitorBase, checkpoint, restore_from
from comity.online.queries.decide import decide
from comity.online.queries.explain import explain
from comity.online.queries.outlook import decide_ahead
from comity.online.queries.slots import find_slots
from comity.online.queries.with_history import open_obligations, with_history
from comity.online.state.snapshot import Snapshot, load_snapshot, read_key
from comity.plan import Plan
from comity.results.decisions import Decision
from comity.results.explanations import Explanation
from comity.results.findings import Finding
from comity.results.obligations import Obligation
from comity.results.report import Summary
from comity.results.slots import Slot


class Online:
    """A compiled plan that answers all questions of the engine; threads may share it."""

    def __init__(
        self,
        plan: Plan,
        channels: Channels,
        versions: Mapping[str, str],
        notices: tuple[Notice, ...] = (),
        about: About = nothing_about,
        read_table: ReadTable | None = None,
    ) -> None:
        self.compiled = CompiledPlan(plan, channels, versions, notices, about, read_table)
        self._policies = tuple(f"{policy} {version}" for policy, version in versions.items())

    def decide(
        self, history: Iterable[EventLike], proposed: EventLike, ignore_later: bool = False
    ) -> Decision:
        """Return whether the rules allow a proposed contact after a history."""
        if type(history) is History and type(proposed) is Event:
            decision = decide_ahead(self.compiled, history, proposed)
            if decision is not None:
                return decision
        return with_history(self.compiled, history, proposed, decide, False, ignore_later)

    def explain(self, history: Iterable[EventLike], proposed: EventLike) -> tuple[Explanation, ...]:
        """Return, for every rule, what it measures of a proposed contact."""
        return with_history(self.compiled, history, proposed, explain, True, True)

    def slots(
        self,
        history: Iterable[EventLike],
        proposed: EventLike,
        n: int,
        until: int | None,
        ignore_later: bool,
    ) -> tuple[Slot, ...]:
        """Return the next n stretches of time in which a contact is allowed."""
        return with_history(self.compiled, history, proposed, find_slots(n, until), False, ignore_later)

    def obligations(self, history: Iterable[EventLike], now: int) -> tuple[Obligation, ...]:
        """List the responses that are open at an instant."""
        return open_obligations(self.compiled, history, now)

    def monitor(self, allowed_lateness: int | None, repeated: Repeated = "refuse") -> Monitor | LateMonitor:
        """Make a monitor that has taken no events yet."""
        if allowed_lateness is None:
            return Monitor(self.compiled, self._policies, repeated)
        return LateMonitor(self.compiled, self._policies, allowed_lateness, repeated)

    def restore(
        self, text: str | bytes, history: Iterable[EventLike] | None, key: str | bytes | None = None
    ) -> Monitor | LateMonitor:
        """Make a monitor from a snapshot.

        Raises SnapshotError if the rules of the snapshot differ and there is no history.
        """
        snapshot = load_snapshot(text, None if key is None else read_key(key))
        if history is None:
            snapshot.check(self._policies, self.compiled)
        return self._go_on_from(snapshot, history)

    def take_over(self, monitor: object, history: Iterable[EventLike] | None) -> Monitor | LateMonitor:
        """Make a monitor that continues another one; raises UsageError if a rule lacks its state."""
        if not isinstance(monitor, MonitorBase):
            raise UsageError(f"`{type(monitor).__name__}` is not a monitor; `restore` reads snapshots")
        return self._go_on_from(checkpoint(monitor), history)

    def _go_on_from(self, snapshot: Snapshot, history: Iterable[EventLike] | None) -> Monitor | LateMonitor:
        made = self.monitor(snapshot.allowed_lateness)
        lacking = restore_from(made, snapshot, history)
        if lacking:
            names = ", ".join(f"`{name}`" for name in lacking)
            raise UsageError(
                f"nothing is remembered for {names}: give the `history` of the events that were fed, "
                "or an empty one for rules that begin with nothing"
            )
        return made

    def audit(
        self,
        source: Source,
        *,
        as_of: int | None = None,
        since: int | None = None,
        until: int | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> tuple[Summary, list[Finding]]:
        """Judge every event of a source."""
        return audit(self.compiled, source, as_of=as_of, since=since, until=until, notice=notice)
