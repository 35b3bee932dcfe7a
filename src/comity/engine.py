"""The engine: policies made ready once, then asked as often as needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload, runtime_checkable

import attrs
import tomli_w

from comity.budgets import DEFAULT_BUDGETS, DEFAULT_LOG_BUDGETS, LogBudgets, PolicyBudgets
from comity.clock.instants import MAX_INSTANT, UNSURE
from comity.diagnostics import Facts, Proposed, notices_of
from comity.errors import OUT_OF_MEMORY, InputError, UsageError, shown, suggest, told
from comity.events.event import Event
from comity.events.event_like import EventLike, check_event, to_event
from comity.events.repeated import Repeated, read_repeated
from comity.events.sources import Listed, Noticing, Source
from comity.events.values import Instant, read_at
from comity.notices import Notice
from comity.plan import Plan
from comity.plugins.manager import Plugins
from comity.policy.compose.search import SearchPath, looks_like_path
from comity.policy.load import load_policy
from comity.policy.lower.lower import lower_policy
from comity.policy.model import Policy
from comity.policy.vocabulary import Vocabulary
from comity.requirements import unmet
from comity.results.decisions import Decision, Explanation, Obligation, Slot
from comity.results.findings import Finding, Rejection, Report, Summary

if TYPE_CHECKING:
    from comity.audit_backends import BackEnd
    from comity.online import LateMonitor, Monitor, Online
    from comity.readers import Log
    from comity.readers import Mapping as LogMapping


class ArrowStream(Protocol):
    """A table that can be handed over as Arrow data, as those of pyarrow, pandas, Polars and DuckDB can."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return a capsule with the stream."""


PolicyLike = Policy | Path | str | Mapping[str, Any]
"""A policy, the path of its file, its id, its TOML text, or the tables that such a text would hold."""
Later = Literal["count", "ignore"]
_COUNT: Later = "count"
"""Whether a decision counts the events after the proposed one that it would break."""
LogLike = str | Path | Iterable[EventLike] | ArrowStream | Source


@attrs.frozen(eq=False)
class Engine:
    """Policies lowered to one plan; immutable, and safe to share among threads. It pickles."""

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

        A text with a line break is TOML; one that has a separator or ends in `.toml` is a path; any other
        is an id, looked for in `policy_path`, the plugins' folders and the shipped ones. No plugin is loaded
        but those of `plugins`, and nothing is kept outside the engine. `budgets` bound the work of
        loading. Raises PolicyError with every fault, UsageError for no policy, an unknown id or two policies
        of one id, and OSError where a file cannot be read.
        """
        if not policies:
            raise UsageError("no policy is given: an engine without one would allow everything")
        plugins = Plugins() if plugins is None else plugins
        for name, given, kind in (("plugins", plugins, Plugins), ("budgets", budgets, PolicyBudgets)):
            if not isinstance(given, kind):
                raise UsageError(f"{name}={shown(given)}: it is `{kind.__name__}`")
        folders: object = policy_path
        if (
            isinstance(folders, str | bytes)
            or not isinstance(folders, Sequence)
            or not all(isinstance(folder, str | Path) for folder in folders)
        ):
            raise UsageError(f"policy_path={shown(folders)}: it is a list of folders")
        words = attrs.evolve(plugins.words, budgets=budgets)
        if policy_path:
            words = attrs.evolve(words, search=SearchPath((*map(Path, policy_path), *words.search.folders)))
        loaded = tuple(_load(policy, words) for policy in policies)
        ids = [policy.id for policy, _ in loaded]
        for policy_id in ids:
            if ids.count(policy_id) > 1:
                raise UsageError(f"two policies have the id `{policy_id}`")
        plans = sorted((plan for _, plan in loaded), key=lambda plan: plan.policies)
        plan = Plan(
            tuple(rule for plan in plans for rule in plan.rules),
            tuple(policy_id for plan in plans for policy_id in plan.policies),
            tuple(typed for plan in plans for typed in plan.typed),
        )
        return cls(plan, tuple(policy for policy, _ in loaded), plugins)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (self.policies, self.plugins)

    @cached_property
    def _online(self) -> Online:
        """The back end for one event after another, made when it is first asked."""
        from comity.online import Online

        versions = {policy.id: policy.meta.version for policy in self.policies}
        about = Proposed(self.plan, self.plugins.channels)
        return Online(self.plan, self.plugins.channels, versions, self.notices, about)

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """What was noticed when plugins and policies were loaded; every report of an audit has it, too."""
        left_out = (
            Notice(
                "plugin-left-out",
                f"the plugin `{state.offered.name}` cannot be loaded and is left out: {state.reason}",
                help=f"mend it, or leave it out by its name, `no:{state.offered.name}`",
            )
            for state in self.plugins.states
            if state.state == "failed"
        )
        return (*left_out, *(notice for policy in self.policies for notice in policy.notices))

    def decide(
        self, history: Iterable[EventLike], proposed: EventLike, *, later: Later = "count"
    ) -> Decision:
        """Say whether a proposed contact may be made, given the events around it, and if not, when.

        The history holds the events of one person, or of all those that the rules' `per` brings together. A
        later event that would break a rule because of the contact, and does not without it, is a finding too;
        with `later="ignore"` later events are left out. A `History` is indexed once; a sequence of events in
        order is read where it is; anything else is put in order first. Raises EventError for an unusable
        event.
        """
        return self._online.decide(history, proposed, later is not _COUNT and _ignores(later))

    def slots(
        self,
        history: Iterable[EventLike],
        proposed: EventLike,
        n: int = 1,
        until: Instant | None = None,
        *,
        later: Later = "count",
    ) -> tuple[Slot, ...]:
        """Return the next n stretches of time, from the proposed instant on, in which a contact is allowed.

        Allowed is what breaks no rule of severity `error`, and makes no later event break one, given the
        history alone; with `later="ignore"` later events are left out. Stretches that begin at
        `until` or later are left out. Slots are of contacts with a time: a proposed event that has a date
        alone is asked of from the beginning of its day. Raises RuleError where a rule fails.
        """
        last = None if until is None else read_at(until)
        return self._online.slots(history, proposed, n, last, _ignores(later))

    def explain(self, history: Iterable[EventLike], proposed: EventLike) -> tuple[Explanation, ...]:
        """Say of every rule, broken or kept, what it measures of a contact, and how much room is left.

        That is of what is before the contact; whether it makes later events break a rule, `decide` tells.
        """
        return self._online.explain(history, proposed)

    def obligations(self, history: Iterable[EventLike], now: Instant) -> tuple[Obligation, ...]:
        """List the responses that are open at an instant, with what would do, the first due first.

        Events after `now` are ignored. Raises RuleError where a rule failed.
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
        """Make a monitor, which takes events one by one and gives findings as they become certain.

        With an `allowed_lateness` (or `lateness`, its older name) it takes events that are late by no more
        than that, and gives revisions of what it said. An event with the id, the person and the instant of
        another is refused, or with `repeated="ignore"` left out, as long as the other is within the rules'
        windows. Raises UsageError for a lateness that is not positive, or given by both names.
        """
        read_repeated(repeated)
        if allowed_lateness is not None and lateness is not None:
            raise UsageError(
                "`allowed_lateness` and `lateness`, its older name, are both given: give the first alone"
            )
        given: Any = lateness if allowed_lateness is None else allowed_lateness
        if given is None:
            return self._online.monitor(None, repeated)
        if not isinstance(given, dt.timedelta) or given <= dt.timedelta(0):
            raise UsageError(f"the lateness {shown(given)} is not a positive timedelta")
        return self._online.monitor(given // dt.timedelta(microseconds=1), repeated)

    def restore(
        self,
        snapshot: str | bytes,
        history: Iterable[EventLike] | None = None,
        *,
        key: str | bytes | None = None,
    ) -> Monitor | LateMonitor:
        """Make a monitor that goes on from where the snapshot of another was taken.

        A snapshot that was taken with a key is restored with that key, and one without it without. Raises
        SnapshotError for a text that was cut short or edited, for one that another key sealed or none, and
        for a snapshot of other policies, unless the `history` of what was fed is given: rules that have
        changed are then served by it.
        """
        return self._online.restore(snapshot, history, key)

    @overload
    def take_over(self, monitor: Monitor, history: Iterable[EventLike] | None = None) -> Monitor: ...

    @overload
    def take_over(self, monitor: LateMonitor, history: Iterable[EventLike] | None = None) -> LateMonitor: ...

    def take_over(
        self, monitor: Monitor | LateMonitor, history: Iterable[EventLike] | None = None
    ) -> Monitor | LateMonitor:
        """Make a monitor of these policies that goes on from one of others, which stays as it is.

        Rules that need the same of earlier events keep it. Others are served by the `history` of what was
        fed; without one they raise UsageError, with an empty one they begin with nothing.
        """
        if not hasattr(monitor, "checkpoint"):
            raise UsageError(f"`{type(monitor).__name__}` is no monitor; `restore` reads snapshots")
        return self._online.take_over(monitor.checkpoint(), history)

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

        `mapping` is one, or the name of a profile. `timezone` is of times without offset; `options` are those
        of the format's reader. With `dedupe="id"` a row is skipped whose id, person and instant an earlier
        one has, in any of the files; that takes some 100 bytes of memory a row. `budgets` bound what reading
        may take.

        The log calls `on_start` whenever it is read from its start, `on_reject` with each rejected row, and
        `progress` with the bytes that are read and the bytes that there are. Raises UsageError for an
        unknown zone, format, profile or option.
        """
        from comity.readers import Log, find_mapping, with_dedupe, with_options
        from comity.readers import Mapping as KnownMapping

        if isinstance(mapping, str):
            plugins = self.plugins
            mapping = find_mapping(
                mapping, plugins.mappings, plugins.advise, plugins.channels, plugins.left_out
            )
        elif mapping is not None and not isinstance(mapping, KnownMapping):
            raise UsageError(f"mapping={shown(mapping)}: it is a mapping, or the name of a profile")
        for path in paths:
            if not isinstance(path, str | Path):
                raise UsageError(f"`{type(path).__name__}` is no path of a log")
        for name, function in (("on_start", on_start), ("on_reject", on_reject), ("progress", progress)):
            if function is not None and not callable(function):
                raise UsageError(f"{name}={shown(function)}: it is a function")
        for required in mapping.requires if mapping is not None else ():
            if found := unmet(required, self.plugins.left_out):
                raise UsageError(": ".join(filter(None, found)))
        return Log(
            paths,
            readers=tuple(self.plugins.readers.values()),
            mapping=with_dedupe(mapping if not options else with_options(mapping, options), dedupe),
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
        """Judge every event of a log and report in the order of persons and time.

        `log` is the path of a file, a table or data frame that can be had as an Arrow stream (of pyarrow,
        pandas, Polars, DuckDB, …), events in input order, or what `log` prepares. `since` (inclusive) and
        `until` (exclusive) limit which events are judged. Instants are microseconds since
        1970-01-01T00:00:00Z, datetimes with a time zone or texts with an offset.

        `engine` is the back end: `online` takes one event after another, `columnar` the whole log by columns,
        which needs numpy and pyarrow; `auto` is columnar where these are installed and it pays. Both give the
        same findings. `memory` is about how many bytes the columnar one may use, by default half of what the
        machine has. `progress` is told of the phase, how much is done and how much there is.

        Rows that are no events are left out: `report.complete` says whether there are none, `rejections` has
        the first hundred, `summary.rows_rejected` their number. With `on_rejected="raise"` they raise
        InputError, once the log has been read to its end. Raises InputError where the log cannot be read or
        memory is lacking,
        EventError for an event in memory that is unusable, and UsageError for other arguments.
        """
        from comity.audit_backends import FallBack, by_columns, takes_columns

        rejected: object = on_rejected
        if not isinstance(rejected, str) or rejected not in ("report", "raise"):
            raise UsageError(f"on_rejected={shown(on_rejected)}: allowed are `report` and `raise`")
        if memory is not None and (type(memory) is not int or not 0 < memory < 1 << 62):
            raise UsageError(f"memory={shown(memory)}: it is a number of bytes")
        for name, function in (("notice", notice), ("progress", progress)):
            if function is not None and not callable(function):
                raise UsageError(f"{name}={shown(function)}: it is a function")
        source = self._source(log)
        limits = {
            name: None if instant is None else read_at(instant)
            for name, instant in (("as_of", as_of), ("since", since), ("until", until))
        }
        found: tuple[Summary, Sequence[Finding]] | None = None
        try:
            if takes_columns(engine, source):
                tried = by_columns(self.plan, self.plugins.channels, source, limits, memory, progress)
                if not isinstance(tried, FallBack):
                    found = tried
                elif notice is not None:
                    notice(tried.reason)
            if found is None:
                found = self._online.audit(source, **limits, notice=notice)
        except MemoryError:
            raise InputError(OUT_OF_MEMORY) from None
        summary, findings = found
        told = source.notices() if isinstance(source, Noticing) else ()
        facts = Facts(self.plan, self.plugins.channels, summary, source, limits["since"], limits["until"])
        summary = attrs.evolve(summary, notices=(*self.notices, *told, *notices_of(facts)))
        rejections = tuple(source.rejections) if isinstance(source, Rejecting) else ()
        if on_rejected == "raise" and summary.rows_rejected:
            raise InputError(_rejected(summary.rows_rejected, rejections))
        return Report(summary, findings, rejections)

    def _source(self, log: LogLike) -> Source:
        if isinstance(log, str | Path):
            return self.log(log)
        if isinstance(log, Source):
            return log
        if hasattr(log, "__arrow_c_stream__"):
            from comity.readers import Log
            from comity.readers.sources.table_source import TableSource

            plan = self.plan
            return Log([TableSource(log)], readers=(), attributes=plan.attributes(), fields=plan.fields())
        if hasattr(log, "collect") and hasattr(log, "lazy"):
            raise UsageError("a lazy frame has no rows yet: give what its `collect()` gives")
        if isinstance(log, Event | Mapping | bytes | bytearray) or not isinstance(log, Iterable):
            what = type(log).__name__
            raise UsageError(
                f"`{what}` is no log: allowed are a path, events or mappings of fields in a list, a table "
                "or data frame, and what `Engine.log` prepares"
            )
        events = tuple([event if type(event) is Event else to_event(event) for event in log])
        for event in events:
            if type(event.at) is not int or not UNSURE <= event.at <= MAX_INSTANT:
                check_event(event)
        return Listed(events)


def _ignores(later: Later) -> bool:
    """Read what becomes of later events."""
    given: object = later
    if not isinstance(given, str) or given not in ("count", "ignore"):
        raise UsageError(f"`later` is {shown(given)}: allowed are `count` and `ignore`")
    return later == "ignore"


def _made_again(policies: Sequence[Policy], plugins: Plugins) -> Engine:
    """Make an engine of what another one was pickled as: its policies, and its plugins by their names."""
    return Engine.of(*policies, plugins=plugins)


@runtime_checkable
class Rejecting(Protocol):
    """A source that keeps the first of the rows that are no events."""

    rejections: Sequence[Rejection]


def _rejected(count: int, rejections: Sequence[Rejection]) -> str:
    """Say that rows were rejected, and why the first of them was."""
    rows = "1 row was" if count == 1 else f"{count:,} rows were"
    first = next((f": {each.file}, row {each.row}: {each.reason}" for each in rejections), "")
    return f"{rows} rejected{first}"


def _load(policy: PolicyLike, words: Vocabulary) -> tuple[Policy, Plan]:
    """Load what `Engine.of` takes for a policy."""
    if isinstance(policy, Policy):
        return policy, lower_policy(policy, words)
    if isinstance(policy, Mapping):
        try:
            text = tomli_w.dumps(policy)
        except Exception as error:
            raise UsageError(f"the tables of a policy cannot be written as TOML: {told(error)}") from None
        return load_policy(text, words)
    if not isinstance(policy, str | Path):
        raise UsageError(f"`{type(policy).__name__}` is no policy: see `Engine.of`")
    if isinstance(policy, str) and "\n" not in policy:
        policy = Path(policy) if looks_like_path(policy) else find_policy(policy, words)
    return load_policy(policy, words)


def find_policy(policy_id: str, words: Vocabulary) -> Path:
    """Find a policy's file by id; raises UsageError with what is known."""
    found = words.search.find(policy_id)
    if found is None:
        known = words.search.ids()
        hint = suggest(policy_id, known) or f"known are {', '.join(known) or 'none'}"
        hint = "; ".join(filter(None, (words.advise("policy", policy_id), hint)))
        raise UsageError(f"no policy has the id `{policy_id}`: {hint}")
    return found


__all__ = ["Engine", "find_policy"]
