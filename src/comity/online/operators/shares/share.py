"""The operator share: of some events in a window, a part is not too large."""

from __future__ import annotations

from collections.abc import Iterator

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.operator import Operator
from comity.online.operators.rule import EventRef, Flags, Label
from comity.online.operators.shares.share_periods import SharePeriods
from comity.online.operators.states.memory import TRIM_EVERY
from comity.online.operators.states.share_states import LaterEvents, PutShare, ShareState, WholePeriods
from comity.online.operators.states.snapshot_values import SnapshotReader, items, refuse
from comity.plan import PlannedRule, Share
from comity.plan.fingerprint import fingerprint


class ShareOperator(Operator[ShareState, tuple[int, int]]):
    """Judges a part by what there is in the window, itself included.

    A window that is a period is judged so in decisions alone; audits and monitors wait for its end. Where
    later events are known, a decision counts those of the period too.
    """

    fires_on_empty_state = True
    asks_all_roles = True

    def __init__(self, number: int, rule: PlannedRule, share: Share, channels: Channels) -> None:
        super().__init__(number, rule, channels)
        self._share = share
        self._window = share.window
        self.at_the_end = SharePeriods(number, rule, share, channels) if share.by_period else None

    def _counts(self, state: ShareState | None, event: Event, flags: Flags) -> tuple[int, int]:
        """Count the parts and the whole in the window, the event included."""
        if isinstance(state, WholePeriods):
            found = state.counts(*self._period(event, event.at))
            return found if state.replays else (found[0] + 1, found[1] + flags[2])
        parts, wholes = (state or ShareState()).since(self._window.start(self.zone(event), event.at))
        return len(parts) + 1, len(wholes) + flags[2]

    def check(self, state: ShareState | None, event: Event, flags: Flags) -> tuple[int, int] | None:
        """Count the parts and the whole, if the share is exceeded."""
        if isinstance(state, WholePeriods) and state.replays:
            period = self._period(event, event.at)
            # Where the proposed event is judged for the period, its finding says so.
            if not state.is_last_part(period[1]) or (state.put is not None and state.put.period == period):
                return None
        counts = self._counts(state, event, flags)
        return counts if self._share.exceeds(*counts) else None

    def _period(self, event: Event, at: int) -> tuple[int, int]:
        """Return the first and the last instant of the period of an event at an instant."""
        zone = self.zone(event)
        return self._window.start(zone, at), self._window.deadline(zone, at)

    def describe_breach(self, facts: tuple[int, int], event: Event) -> tuple[str, tuple[Label, ...]]:
        """Say how many of how many there are."""
        return self._share.measured(*facts), ()

    def usage(self, state: ShareState | None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Say how many of how many there would be with the event."""
        return self._share.measured(*self._counts(state, event, flags)), None

    def next_allowed(self, state: ShareState | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Wait until enough parts have left the window."""
        return self._first(state, event, instant, flags, exceeded=False)

    def next_forbidden(
        self, state: ShareState | None, event: Event, instant: int, flags: Flags
    ) -> int | None:
        """Wait until so much of the whole has left the window that the share is exceeded again."""
        return self._first(state, event, instant, flags, exceeded=True)

    def _first(
        self, state: ShareState | None, event: Event, instant: int, flags: Flags, *, exceeded: bool
    ) -> int | None:
        if isinstance(state, WholePeriods):
            return None if state.replays else self._first_period(state, event, instant, flags, exceeded)
        known = state or ShareState()
        return self._share.first_when(
            known.parts, known.wholes, self.zone(event), instant, is_whole=flags[2], exceeded=exceeded
        )

    def _first_period(
        self, state: WholePeriods, event: Event, instant: int, flags: Flags, exceeded: bool
    ) -> int | None:
        """Return the first instant, from one on, in whose period the share is exceeded, or is not."""
        at = instant
        while True:
            start, end = self._period(event, at)
            parts, wholes = state.counts(start, end)
            if self._share.exceeds(parts + 1, wholes + flags[2]) == exceeded:
                return at
            following = state.following(end)
            begins = None if following is None else self._window.start(self.zone(event), following)
            if begins != end + 1 and self._share.exceeds(1, int(flags[2])) == exceeded:
                return end + 1
            if begins is None:
                return None
            at = begins

    def whole_state(
        self, state: ShareState | None, proposed: Event, flags: Flags, later: LaterEvents
    ) -> tuple[ShareState, WholePeriods] | None:
        """Return what records later events, and the state of whole periods that reads them."""
        if not self._share.by_period:
            return None
        known = state or ShareState()
        record = ShareState(known.parts.copy(), known.wholes.copy(), is_record=True)
        judged = flags[0] and self.is_effective(proposed)
        passed = len(record.parts)
        return record, WholePeriods(record.parts, record.wholes, later=later, passed=passed, is_judged=judged)

    def put_state(
        self, state: ShareState | None, seen: EventRef, event: Event, flags: Flags
    ) -> ShareState | None:
        """Remember a proposed event, which is not among those that a state of whole periods reads."""
        if not isinstance(state, WholePeriods):
            return self.update_state(state, seen, event, flags)
        period = self._period(event, event.at) if state.is_judged else None
        state.put = PutShare(seen[0], flags[1], flags[2], period)
        return state

    def update_state(
        self, state: ShareState | None, seen: EventRef, event: Event, flags: Flags
    ) -> ShareState | None:
        """Keep the instant, and drop what has left the window."""
        if isinstance(state, WholePeriods):
            state.passed += flags[1]
            return state
        kept = ShareState() if state is None else state
        if flags[1]:
            kept.parts.append(seen[0])
        if flags[2]:
            kept.wholes.append(seen[0])
        if not (len(kept.parts) + len(kept.wholes)) % TRIM_EVERY and not kept.is_record:
            kept.parts, kept.wholes = kept.since(self._window.earliest_start(seen[0]))
        return kept

    def copied(self, state: ShareState) -> ShareState:
        """Copy both lists."""
        return state.copied()

    def alike(self, one: ShareState | None, other: ShareState | None, now: int, *, exact: bool) -> bool:
        """Compare what is in the window."""
        earliest = self._window.earliest_start(now)
        if isinstance(one, WholePeriods) and isinstance(other, WholePeriods):
            return all(each.put is None or each.put.at < earliest for each in (one, other))
        return (one or ShareState()).since(earliest) == (other or ShareState()).since(earliest)

    def is_live(self, state: ShareState, now: int) -> bool:
        """Return whether the latest event is still in the window."""
        return state.latest() >= self._window.earliest_start(now)

    def earliest_relevant(self, instant: int) -> int | None:
        """Return the start of the window."""
        return self._window.earliest_start(instant)

    def turns(self, event: Event, moved: Event, low: int, high: int) -> Iterator[int]:
        """Yield the start of the event's window."""
        yield self._window.start(self.zone(event), event.at)

    def first_turn(self, instant: int) -> int | None:
        """Return the start of the window."""
        return self._window.earliest_start(instant)

    @property
    def can_scan_back(self) -> bool:
        """Whether the state can be gathered going back in time: not, for what an event is is not kept."""
        return False

    def state_key(self) -> str:
        """Return a text of the part, the whole and the window."""
        share = self._share
        return fingerprint("share", *self.scope_key(), share.part, share.whole, share.window)

    def dump(self, state: ShareState) -> object:
        """Write both lists."""
        return [state.parts.copy(), state.wholes.copy()]

    def load(self, data: object, reader: SnapshotReader) -> ShareState:
        """Read both lists."""
        parts, wholes = read_instants(data, reader)
        if not parts and not wholes:
            refuse("the events of a share", data)
        return ShareState(parts, wholes)


def read_instants(data: object, reader: SnapshotReader) -> tuple[list[int], list[int]]:
    """Return two lists of instants in order; raises SnapshotError for anything else."""
    parts, wholes = (
        [reader.instant(at) for at in items(each, "the events of a share")]
        for each in items(data, "the events of a share", 2)
    )
    if parts != sorted(parts) or wholes != sorted(wholes):
        refuse("the events of a share", data)
    return parts, wholes
