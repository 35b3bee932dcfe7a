"""Snapshots: the state of a monitor as JSON text, with its policies and a seal against damage."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

from comity.clock.instants import MAX_INSTANT, MIN_INSTANT, format_instant
from comity.errors import EventError, SnapshotError, UsageError, shown
from comity.events.event import Event
from comity.events.event_like import EventLike, each_event, to_event
from comity.events.repeated import CHOICES
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.online.operators.states.snapshot_values import LARGEST, SnapshotReader, items, refuse, table
from comity.online.operators.states.snapshot_values import text as word
from comity.online.state.codec import StoredState, dump_state, load_state, needed_keys
from comity.online.state.known_ids import KnownIds
from comity.plan.fingerprint import fingerprint
from comity.records import frozen

VERSION = 1
_KEYS: Final = frozenset(
    {"comity-monitor", "policies", "rules", "events", "now", "lateness", "unsettled", "state"}
)
_STATE: Final = frozenset(field.name for field in attrs.fields(StoredState))
_BEFORE_ALL: Final = MIN_INSTANT - 1
_LATEST: Final = MAX_INSTANT - MIN_INSTANT


@frozen
class Snapshot:
    """A monitor's state at one moment."""

    policies: tuple[str, ...]
    """Ids and versions."""
    rules: dict[str, str]
    """For each `policy/rule`, the fingerprint of what it says."""
    events: int
    """How many events were fed."""
    now: int | None
    """The latest instant that was fed, in microseconds."""
    allowed_lateness: int | None
    """In microseconds; None for a monitor that does not take late events."""
    unsettled: list[object]
    """Unsettled events, which a late event may still precede, with their positions."""
    state: StoredState

    def dump(self, key: bytes | None = None) -> str:
        """Return the snapshot as one line of JSON, sealed with a key, or with a digest only."""
        body = {
            "comity-monitor": VERSION,
            "policies": list(self.policies),
            "rules": self.rules,
            "events": self.events,
            "now": self.now,
            "lateness": self.allowed_lateness,
            "unsettled": self.unsettled,
            "state": attrs.asdict(self.state, recurse=False),
        }
        seal = {"digest": _digest(body)} if key is None else {"seal": _seal(body, key)}
        return json.dumps({**body, **seal}, separators=(",", ":"))

    @property
    def reader(self) -> SnapshotReader:
        """What checks the values of the snapshot."""
        return SnapshotReader(_BEFORE_ALL if self.now is None else self.now, self.events)

    def check(self, policies: tuple[str, ...], compiled: CompiledPlan) -> None:
        """Raise SnapshotError that names what differs, unless the snapshot is of these policies and rules."""
        here = {rule.name: fingerprint(rule) for rule in compiled.plan.rules}
        if sorted(self.policies) == sorted(policies) and self.rules == here:
            for keys, kept in zip(
                needed_keys(compiled), (self.state.rules, self.state.lookbacks), strict=True
            ):
                table(kept, "what the rules remember", frozenset(keys))
            return
        changed = sorted(name for name in here.keys() | self.rules if here.get(name) != self.rules.get(name))
        what = ", ".join(f"`{name}`" for name in changed) or "only their versions"
        raise SnapshotError(
            f"the snapshot is of other policies ({', '.join(self.policies)}, and here it is "
            f"{', '.join(policies)}); what differs: {what}. Give the `history` of the events that were fed, "
            "to restore it all the same"
        )

    def restore_into(
        self, evaluator: Evaluator, until: int | None, history: Iterable[EventLike] | None
    ) -> list[str]:
        """Load the state into an evaluator, and return the names of the rules that lack theirs.

        Rules that find no state in the snapshot get it from a replay of `history`: the events that were fed,
        in time order. Events from `until` on are not settled; the snapshot holds them itself. Raises
        EventError for an event that is unusable, out of order, or later than what was fed.
        """
        if history is not None:
            latest = MIN_INSTANT
            for position, event in enumerate(map(to_event, each_event(history))):
                if self.now is None or event.at > self.now:
                    raise EventError(f"the event at {format_instant(event.at)} was not fed before")
                if event.at < latest:
                    raise EventError(f"the event at {format_instant(event.at)} is out of order")
                latest = event.at
                if until is None or event.at < until:
                    evaluator.take(event, position)
            evaluator.found.clear()
            evaluator.expired.clear()
        lacking = load_state(evaluator, self.state, self.reader)
        if history is None:
            evaluator.unread.load(self.state.unread, self.reader)
        return lacking if history is None else []

    def unsettled_events(self) -> list[tuple[int, Event]]:
        """Return the unsettled events, each after its place in the order in which events came."""
        reader, allowed_lateness = self.reader, self.allowed_lateness
        pairs = [
            items(pair, "an unsettled event", 2) for pair in items(self.unsettled, "the unsettled events")
        ]
        found = [(reader.position(position), reader.event(event)) for position, event in pairs]
        watermark = None if allowed_lateness is None else reader.now - allowed_lateness
        if len({position for position, _ in found}) != len(found) or any(
            watermark is None or event.at < watermark for _, event in found
        ):
            refuse("the unsettled events", self.unsettled)
        return found


def take_snapshot(
    evaluator: Evaluator,
    policies: tuple[str, ...],
    events: int,
    now: int | None,
    known: KnownIds,
    allowed_lateness: int | None = None,
    unsettled: Sequence[object] = (),
) -> Snapshot:
    """Return the snapshot of the state of an evaluator."""
    rules = {rule.name: fingerprint(rule) for rule in evaluator.compiled.plan.rules}
    state = dump_state(evaluator)
    state.repeated, state.known = known.repeated, known.dump()
    return Snapshot(policies, rules, events, now, allowed_lateness, list(unsettled), state)


def load_snapshot(text: str | bytes, key: bytes | None = None) -> Snapshot:
    """Read a snapshot; raises SnapshotError if it is of another version, cut short, edited or something else.

    A snapshot that was sealed with a key needs that key. With a key, only snapshots with that seal are read.
    """
    if not isinstance(text, str | bytes):
        raise SnapshotError(f"a snapshot is a text, and this is `{type(text).__name__}`")
    try:
        body: Any = json.loads(text)
        json.dumps(body, allow_nan=False)  # A monitor never writes NaN or infinity.
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"the snapshot is not JSON: it was cut short or edited ({error})") from None
    if not isinstance(body, dict) or "comity-monitor" not in body:
        raise SnapshotError("this is not a snapshot of a monitor")
    if body["comity-monitor"] != VERSION:
        version = shown(body["comity-monitor"])
        raise SnapshotError(f"the snapshot is of version {version}, and this comity reads version {VERSION}")
    _check_seal(body, key)
    if body.keys() != _KEYS:
        raise SnapshotError("the snapshot was edited after it was made")
    return _read(body)


def _check_seal(body: dict[str, object], key: bytes | None) -> None:
    """Remove the digest or the seal from a body; raises SnapshotError if it is not that of the rest."""
    digest, seal = body.pop("digest", None), body.pop("seal", None)
    if key is None:
        if seal is not None:
            raise SnapshotError("the snapshot was taken with a key: give it as `key`")
        if digest != _digest(body):
            raise SnapshotError("the snapshot was edited after it was made")
    elif seal is None:
        raise SnapshotError(
            "the snapshot was taken without a key, so that anybody may have written it: it is "
            "refused if a `key` is given"
        )
    elif not isinstance(seal, str) or not hmac.compare_digest(seal.encode(), _seal(body, key).encode()):
        raise SnapshotError(
            "the snapshot was edited after it was made, or another key than this one sealed it"
        )


def _read(body: dict[str, object]) -> Snapshot:
    """Read the fields that do not depend on the rules; `load_state` reads the others."""
    bounds = SnapshotReader(MAX_INSTANT, LARGEST)
    state: dict[str, Any] = table(body["state"], "the state", _STATE)
    rules = table(body["rules"], "the rules")
    allowed_lateness, now = body["lateness"], body["now"]
    if state["repeated"] not in CHOICES:
        refuse("what becomes of events that come again", state["repeated"])
    return Snapshot(
        tuple(word(policy, "a policy") for policy in items(body["policies"], "the policies")),
        {name: word(each, "a rule's fingerprint") for name, each in rules.items()},
        bounds.number(body["events"], "the number of events"),
        None if now is None else bounds.instant(now, "the latest instant"),
        None if allowed_lateness is None else bounds.number(allowed_lateness, "the lateness", 1, _LATEST),
        list(items(body["unsettled"], "the unsettled events")),
        StoredState(
            **{
                **state,
                "rules": table(state["rules"], "what the rules remember"),
                "lookbacks": table(state["lookbacks"], "what look-backs remember"),
            }
        ),
    )


def read_key(key: object) -> bytes:
    """Read the key that seals snapshots: a text or bytes; raises UsageError."""
    if not isinstance(key, str | bytes) or not key:
        raise UsageError(
            "the `key` of a snapshot is a text or bytes, and not empty: 32 random bytes are best"
        )
    return key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key


def _canonical(body: dict[str, object]) -> bytes:
    return json.dumps(body, separators=(",", ":"), sort_keys=True).encode()


def _digest(body: dict[str, object]) -> str:
    return hashlib.sha256(_canonical(body)).hexdigest()


def _seal(body: dict[str, object], key: bytes) -> str:
    return hmac.new(key, _canonical(body), hashlib.sha256).hexdigest()
