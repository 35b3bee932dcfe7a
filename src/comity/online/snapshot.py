"""Snapshots: the state of a monitor as JSON text, with what tells that it is whole and of which policies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from comity.errors import EventError, SnapshotError
from comity.events import EventLike, to_event
from comity.instants import MIN_INSTANT, format_instant
from comity.online.evaluator import Evaluator
from comity.online.known import Known
from comity.online.state import State, dump_state, load_state
from comity.plan import PlannedRule
from comity.plan.fingerprint import fingerprint

VERSION = 1
_KEYS = {"comity-monitor", "policies", "rules", "events", "now", "lateness", "unsettled", "state", "digest"}


@attrs.frozen
class Snapshot:
    """A monitor's state at one moment."""

    policies: tuple[str, ...]
    """Ids and versions."""
    rules: dict[str, str]
    """For each `policy/rule`, the fingerprint of what it says."""
    events: int
    """How many events were fed."""
    now: int | None
    """The latest instant that was told."""
    lateness: int | None
    """In microseconds; None for a monitor that takes no late events."""
    unsettled: list[Any]
    """Positions of events that a late one may still come before, and the events."""
    state: State

    def dump(self) -> str:
        """Write it as one line of JSON."""
        body = {
            "comity-monitor": VERSION,
            "policies": list(self.policies),
            "rules": self.rules,
            "events": self.events,
            "now": self.now,
            "lateness": self.lateness,
            "unsettled": self.unsettled,
            "state": attrs.asdict(self.state, recurse=False),
        }
        return json.dumps({**body, "digest": _digest(body)}, separators=(",", ":"))

    def check(self, policies: tuple[str, ...], rules: Iterable[PlannedRule]) -> None:
        """Raise SnapshotError, naming what differs, unless it is of these policies and rules."""
        here = {rule.name: fingerprint(rule) for rule in rules}
        if sorted(self.policies) == sorted(policies) and self.rules == here:
            return
        changed = sorted(name for name in here.keys() | self.rules if here.get(name) != self.rules.get(name))
        what = ", ".join(f"`{name}`" for name in changed) or "only their versions"
        raise SnapshotError(
            f"the snapshot is of other policies ({', '.join(self.policies)}, and here it is "
            f"{', '.join(policies)}); what differs: {what}. Give the `history` of the events that were fed, "
            "and it goes over"
        )

    def put_into(
        self, evaluator: Evaluator, until: int | None, history: Iterable[EventLike] | None
    ) -> list[str]:
        """Put the state into an evaluator; rules that it does not serve are served by replaying a history.

        The history is of what was fed, in the order of instants; of what is not settled, from `until` on,
        the snapshot knows itself. Gives the names of the rules that nothing serves. Raises EventError for an
        event that is unusable, out of order, or later than what was fed.
        """
        if history is not None:
            latest = MIN_INSTANT
            for position, event in enumerate(map(to_event, history)):
                if self.now is None or event.at > self.now:
                    raise EventError(f"the event at {format_instant(event.at)} was not fed before")
                if event.at < latest:
                    raise EventError(f"the event at {format_instant(event.at)} is out of order")
                latest = event.at
                if until is None or event.at < until:
                    evaluator.take(event, position)
            evaluator.found.clear()
            evaluator.lapsed.clear()
        lacking = load_state(evaluator, self.state)
        if history is None:
            evaluator.unread.load(self.state.unread)
        return lacking if history is None else []


def take_snapshot(
    evaluator: Evaluator,
    policies: tuple[str, ...],
    events: int,
    now: int | None,
    known: Known,
    lateness: int | None = None,
    unsettled: Sequence[Any] = (),
) -> Snapshot:
    """Make the record of an evaluator's state."""
    rules = {rule.name: fingerprint(rule) for rule in evaluator.program.plan.rules}
    state = dump_state(evaluator)
    state.repeated, state.known = known.repeated, known.dump()
    return Snapshot(policies, rules, events, now, lateness, list(unsettled), state)


def load_snapshot(text: str | bytes) -> Snapshot:
    """Read a snapshot; raises SnapshotError where it is none, of another version, cut short or edited."""
    if not isinstance(text, str | bytes):
        raise SnapshotError(f"a snapshot is a text, and this is `{type(text).__name__}`")
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"the snapshot is not JSON: it was cut short or edited ({error})") from None
    if not isinstance(body, dict) or "comity-monitor" not in body:
        raise SnapshotError("this is no snapshot of a monitor")
    if body["comity-monitor"] != VERSION:
        raise SnapshotError(
            f"the snapshot is of version {body['comity-monitor']!r}, and this comity reads version {VERSION}"
        )
    digest = body.pop("digest", None)
    if digest != _digest(body) or set(body) | {"digest"} != _KEYS:
        raise SnapshotError("the snapshot was edited after it was made")
    return Snapshot(
        tuple(body["policies"]),
        body["rules"],
        body["events"],
        body["now"],
        body["lateness"],
        body["unsettled"],
        State(**body["state"]),
    )


def _digest(body: dict[str, Any]) -> str:
    text = json.dumps(body, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
