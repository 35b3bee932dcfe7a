"""The manifest of a state folder: what its files are, what they were made with, and which runs there were."""

from __future__ import annotations

import json
from typing import Any, Final

import attrs

from comity.errors import InputError
from comity.records import frozen

FORMAT: Final = 1
"""The version of the folder's format."""
_NUMBER: Final = int | None


@frozen
class Segment:
    """A file of kept events, which never changes."""

    file: str
    rows: int
    bytes: int
    digest: str


@frozen
class Run:
    """One run: what it read, and what it said."""

    number: int
    digest: str
    """A digest of the events that were read."""
    events: int
    first: int | None
    """The earliest instant of its events."""
    last: int | None
    as_of: int | None
    files: tuple[str, ...] = ()
    found: int = 0
    """How many findings were new."""
    withdrawn: int = 0
    left_out: int = 0
    """How many events were left out, since an earlier run had read them."""


@frozen
class Contents:
    """What is known after a run."""

    segments: tuple[Segment, ...] = ()
    known: Segment | None = None
    """The digests of the last days' events."""
    open: Segment | None = None
    """The persons with findings that are pending, and when they are due."""
    persons: Segment | None = None
    """Digests of all persons, to count them."""
    position: int = 0
    """How many events were read by all runs."""
    latest: int | None = None
    """The instant up to which the log is known."""
    as_of: int | None = None
    totals: dict[str, Any] = attrs.field(factory=dict)
    """The counts of all runs together."""
    runs: tuple[Run, ...] = ()

    def files(self) -> tuple[Segment, ...]:
        """Return all files."""
        others = (self.known, self.open, self.persons)
        return (*self.segments, *(each for each in others if each is not None))


@frozen
class Manifest:
    """The manifest, with the contents before the last run: a run that is repeated starts from those."""

    allowed_lateness: int
    """How late an event may be, in microseconds."""
    policies: tuple[str, ...]
    """Their ids and versions."""
    rules: dict[str, str]
    """For each rule a fingerprint of what it says, its words included."""
    versions: dict[str, str]
    """Of comity, of the time zones and of the plugins that judge."""
    mapping: str
    """A fingerprint of how rows are read."""
    kept: list[dict[str, Any]] = attrs.field(factory=list)
    """How long events are kept, and for which rules, by the number of the need."""
    now: Contents = Contents()
    before: Contents | None = None
    """What was known before the last run."""

    @property
    def settled(self) -> int | None:
        """The instant before which no event may come any more."""
        return None if self.now.latest is None else self.now.latest - self.allowed_lateness

    def files(self) -> frozenset[str]:
        """Return the names of all files that are needed."""
        contents = [self.now, *([] if self.before is None else [self.before])]
        return frozenset(segment.file for each in contents for segment in each.files())

    def dump(self) -> str:
        """Write it as JSON."""
        return json.dumps({"comity-state": FORMAT, **attrs.asdict(self)}, indent=1) + "\n"


def load_manifest(text: str, name: str) -> Manifest:
    """Read a manifest; raises InputError for one that is damaged or of another format."""
    try:
        body = json.loads(text)
        version = body.pop("comity-state")
        if version != FORMAT:
            raise InputError(
                f"`{name}` is of format {version}, and this comity knows {FORMAT}: use the comity that wrote "
                "it, or begin a new state with the whole log (--rebuild)"
            )
        before = body.pop("before")
        made = {
            **body,
            "policies": tuple(body["policies"]),
            "now": _contents(body["now"]),
            "before": None if before is None else _contents(before),
        }
        return Manifest(**made)
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InputError(
            f"`{name}` is damaged: put the folder back from a copy, or begin a new state with the whole log "
            "(--rebuild)"
        ) from None


def _contents(body: dict[str, Any]) -> Contents:
    def segment(given: dict[str, Any] | None) -> Segment | None:
        return None if given is None else Segment(**given)

    runs = tuple(Run(**{**each, "files": tuple(each["files"])}) for each in body["runs"])
    return Contents(
        **{
            **body,
            "segments": tuple(Segment(**each) for each in body["segments"]),
            **{name: segment(body[name]) for name in ("known", "open", "persons")},
            "runs": runs,
        }
    )
