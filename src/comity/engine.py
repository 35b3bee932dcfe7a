"""The engine: policies that are loaded once and asked as often as needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import attrs

from comity.audits.arguments import (
    Later,
    check_audit,
    check_functions,
    ignores_later,
    read_lateness,
    read_limits,
)
from comity.budgets import DEFAULT_BUDGETS, DEFAULT_LOG_BUDGETS, LogBudgets, PolicyBudgets
from comity.errors import UsageError, shown
from comity.events.event_like import EventLike
from comity.events.repeated import Repeated, read_repeated
from comity.events.values import Instant, read_at
from comity.pieces.in_pieces import InPieces
from comity.records import frozen

if TYPE_CHECKING:  # What only some methods need is imported by these, so that a program starts quickly.
    from comity.audits.backends import BackEnd
    from comity.audits.log_like import LogLike
    from comity.notices import Notice
    from comity.online import LateMonitor, Monitor, Online
    from comity.plan import Plan
    from comity.plugins.manager import Plugins
    from comity.policy.model import Policy
    from comity.policy.policy_like import PolicyLike
    from comity.readers import Log
    from comity.readers import Mapping as LogMapping
    from comity.results.decisions import Decision
    from comity.results.explanations import Explanation
    from comity.results.obligations import Obligation
    from comity.results.report import Rejection, Report
    from comity.results.slots import Slot

_COUNT: Final[Later] = "count"


@frozen(eq=False)
class Engine(InPieces):
    """Policies lowered to one plan. It is immutable, threads may share it, and it can be pickled."""

    plan: Plan
    policies: tuple[Policy, ...]
    plugins: Plugins = attrs.field(repr=False)

    @classmethod
    def of(
        cls,
        *policies: PolicyLike,
        policy_path: Sequence[Path] = (),
        plugins: Plugins | None = None,
        budgets: PolicyBudgets = DEFAULT_BUDGETS,
    ) -> Engine:
        """Make an engine of policies: `Policy` objects, paths of files, ids, TOML text, or its tables.

        A text with a line break is TOML. A text with a separator, or with `.toml` at its end, is a path. Any
        other text is an id: it is looked for in `policy_path`, in the plugins' folders and in the shipped
        ones. Only the plugins of `plugins` are loaded, and the engine keeps all it needs. `budgets` limit the
        work of loading.

        Raises PolicyError with every fault, UsageError without a policy, for an unknown id or for two
        policies with one id, and OSError if a file cannot be read.
        """
        from comity.plugins.manager import Plugins
        from comity.policy.policy_like import load_all, words_for

        if not policies:
            raise UsageError("no policy is given: an engine without one would allow everything")
        plugins = Plugins() if plugins is None else plugins
        for name, given, kind in (("plugins", plugins, Plugins), ("budgets", budgets, PolicyBudgets)):
            if not isinstance(given, kind):
                raise UsageError(f"{name}={shown(given)}: it must be `{kind.__name__}`")
        loaded, plan = load_all(policies, words_for(plugins.words, policy_path, budgets))
        return cls(plan, loaded, plugins)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Engine.of, plugins=self.plugins), self.policies

    @cached_property
    def _online(self) -> Online:
        """The online back end, made when it is first needed."""
        from comity.audits.online_of import online_of

        return online_of(self.plan, self.policies, self.plugins, self.notices)

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """What was noticed while plugins and policies were loaded; every report of an audit has it too."""
        from comity.plugins.loading import left_out_notices

        left_out = left_out_notices(self.plugins.states)
        return (*left_out, *(notice for policy in self.policies for notice in policy.notices))

    def decide(
        self, history: Iterable[EventLike], proposed: EventLike, *, later: Later = "count"
    ) -> Decision:
        """Say whether a proposed contact is allowed, given the events around it; if not, from when on.

        The history holds the events of one person, or of all persons that the `per` of a rule counts
        together. If the contact makes a later event break a rule, that is a finding too; with
        `later="ignore"` later events are left out. A `History` is indexed once. A sequence of events in order
        is read without copying it. Other histories are sorted first. Raises EventError for an unusable event.
        """
        return self._online.decide(history, proposed, later is not _COUNT and ignores_later(later))

    def slots(
        self,
        history: Iterable[EventLike],
        proposed: EventLike,
        n: int = 1,
        until: Instant | None = None,
        *,
        later: Later = "count",
    ) -> tuple[Slot, ...]:
        """Return the next n slots, from the proposed instant on, in which a contact is allowed.

        A contact is allowed if it breaks no rule of severity `error` and makes no later event break one,
        given the history alone; with `later="ignore"` later events are left out. Slots that begin at `until`
        or later are left out. Slots are for contacts with a time: if only the date of the proposed event is
        known, the search starts at the beginning of its day. Raises RuleError if a rule fails.
        """
        last = None if until is None else read_at(until)
        return self._online.slots(history, proposed, n, last, ignores_later(later))

    def explain(self, history: Iterable[EventLike], proposed: EventLike) -> tuple[Explanation, ...]:
        """Say for every rule, broken or kept, what it measures of a contact, and how much room is left.

        Only the events before the contact count; `decide` also says whether it makes later events break a
        rule.
        """
        return self._online.explain(history, proposed)

    def obligations(self, history: Iterable[EventLike], now: Instant) -> tuple[Obligation, ...]:
        """List the responses that are open at an instant, in the order in which they are due.

        Each says what would answer it. Events after `now` are ignored. Raises RuleError if a rule fails.
        """
        return self._online.obligations(history, read_at(now))

    @overload
    def monitor(self, *, repeated: Repeated = "refuse") -> Monitor: ...

    @overload
    def monitor(self, *, allowed_lateness: dt.timedelta, repeated: Repeated = "refuse") -> LateMonitor: ...

    @overload
    def monitor(self, *, lateness: dt.timedelta, repeated: Repeated = "refuse") -> LateMonitor: ...

    def monitor(
        self,
        *,
        allowed_lateness: dt.timedelta | None = None,
        lateness: dt.timedelta | None = None,
        repeated: Repeated = "refuse",
    ) -> Monitor | LateMonitor:
        """Make a monitor: it takes events one by one and returns findings as soon as they are certain.

        With an `allowed_lateness` (or `lateness`, its older name) it also takes events that come late by no
        more than that, and returns revisions of earlier findings. An event with the id, the person and the
        instant of another event is refused, or left out with `repeated="ignore"`, as long as the other event
        is within the rules' windows. Raises UsageError if the lateness is not positive or has both names.
        """
        read_repeated(repeated)
        return self._online.monitor(read_lateness(allowed_lateness, lateness), repeated)

    def restore(
        self,
        snapshot: str | bytes,
        history: Iterable[EventLike] | None = None,
        *,
        key: str | bytes | None = None,
    ) -> Monitor | LateMonitor:
        """Make a monitor that continues where the snapshot of another one was taken.

        `key` is the key that the snapshot was taken with, None if it was taken without one. `history` is what
        the other monitor was fed: rules that have changed since then take what they need from it. Raises
        SnapshotError for a text that is incomplete or edited, for another key, and for a snapshot of other
        policies without a `history`.
        """
        return self._online.restore(snapshot, history, key)

    @overload
    def take_over(self, monitor: Monitor, history: Iterable[EventLike] | None = None) -> Monitor: ...

    @overload
    def take_over(self, monitor: LateMonitor, history: Iterable[EventLike] | None = None) -> LateMonitor: ...

    def take_over(
        self, monitor: Monitor | LateMonitor, history: Iterable[EventLike] | None = None
    ) -> Monitor | LateMonitor:
        """Make a monitor of these policies that continues a monitor of others, which is not changed.

        A rule that needs the same facts of earlier events takes them from there. Other rules take them from
        `history`, the events that the monitor was fed; if it is empty they begin without any. Raises
        UsageError if a rule needs a history and there is none.
        """
        return self._online.take_over(monitor, history)

    def log(
        self,
        *paths: str | Path,
        mapping: LogMapping | str | None = None,
        timezone: str | None = None,
        input_format: str | None = None,
        options: Mapping[str, Sequence[str]] | None = None,
        dedupe: Literal["id"] | None = None,
        budgets: LogBudgets = DEFAULT_LOG_BUDGETS,
        on_start: Callable[[], None] | None = None,
        on_reject: Callable[[Rejection], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Log:
        """Prepare files, globs or folders as one log to audit, with the columns that the policies need.

        `mapping` is a mapping, or the name of a profile. `timezone` is the zone of times without an offset.
        `options` are for the reader of the format. With `dedupe="id"` a row is skipped if an earlier row, in
        any of the files, has its id, person and instant; this takes about 100 bytes of memory for each row.
        `budgets` limit the work of reading.

        The log calls `on_start` whenever it is read from its start, `on_reject` with each rejected row, and
        `progress` with the number of bytes read so far and of all bytes. Raises UsageError for an unknown
        zone, format, profile or option.
        """
        from comity.audits.log_mapping import choose_mapping
        from comity.readers import Log

        check_functions(on_start=on_start, on_reject=on_reject, progress=progress)
        for path in paths:
            if not isinstance(path, str | Path):
                raise UsageError(f"`{type(path).__name__}` is not a path of a log")
        return Log(
            paths,
            readers=tuple(self.plugins.readers.values()),
            mapping=choose_mapping(mapping, options, dedupe, self.plugins, self.plan),
            timezone=timezone,
            input_format=input_format,
            attributes=self.plan.attributes(),
            fields=self.plan.fields(),
            channels=self.plugins.channels,
            on_start=on_start,
            on_reject=on_reject,
            progress=progress,
            budgets=budgets,
        )

    def audit(
        self,
        log: LogLike,
        *,
        as_of: Instant | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        engine: BackEnd = "auto",
        memory: int | None = None,
        on_rejected: Literal["report", "raise"] = "report",
        notice: Callable[[str], None] | None = None,
        progress: Callable[[str, int, int | None], None] | None = None,
    ) -> Report:
        """Judge every event of a log and report the findings, sorted by person and time.

        `log` is the path of a file, a table or data frame that is an Arrow stream (of pyarrow, pandas,
        Polars, DuckDB, …), events in input order, or the result of `log`. `since` (inclusive) and `until`
        (exclusive) limit which events are judged. Instants are microseconds since 1970-01-01T00:00:00Z,
        datetimes with a time zone or texts with an offset.

        `engine` is the back end: `online` takes one event after another, `columnar` the whole log by columns,
        with numpy and pyarrow. `auto` takes columns if these are installed, but not for a file of less than
        200 KB, which is judged before they would be loaded. Both find the same. `memory` is about how many
        bytes the columnar back end may use, half of the machine's memory by default. `progress` is called
        with the phase, how much is done, and how much there is.

        Rows that are not events are left out: then `report.complete` is false, `rejections` has the first
        hundred, and `summary.rows_rejected` counts all. With `on_rejected="raise"` they raise InputError
        after the log is read to its end. Raises InputError if the log cannot be read or the memory is used
        up, EventError for an unusable event in memory, and UsageError for other arguments.
        """
        from comity.audits.audit import audit
        from comity.audits.log_like import source_of
        from comity.audits.report import report_of
        from comity.diagnostics import Facts

        check_audit(on_rejected, memory)
        check_functions(notice=notice, progress=progress)
        plan, channels, source = self.plan, self.plugins.channels, source_of(log, self.plan, self.log)
        limits = read_limits(as_of=as_of, since=since, until=until)
        summary, findings = audit(
            plan, channels, lambda: self._online, source, limits, engine, memory, notice, progress
        )
        facts = Facts(plan, channels, summary, source, limits["since"], limits["until"])
        return report_of(facts, findings, self.notices, refuse_rejected=on_rejected == "raise")
