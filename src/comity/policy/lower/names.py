"""Names of selectors and states: each is lowered once, and a name that leads back to itself is a fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from comity.documents import Path
from comity.errors import one_of, suggest
from comity.plan import Selector
from comity.policy.lower.nesting import Nesting
from comity.policy.lower.noting import NoteFault
from comity.policy.model import Policy

Section = Literal["events", "states"]
Name = tuple[Section, str]
"""A section, and a name in it."""
_WORDS: Final = {"events": "selector", "states": "state"}


class Names:
    """Keeps what the names of one policy stand for."""

    def __init__(
        self,
        policy: Policy,
        broken: frozenset[Path],
        nesting: Nesting,
        fault: NoteFault,
        advise: Callable[[], str],
    ) -> None:
        """Take what notes faults, and what says which plugin would provide more names."""
        self._policy = policy
        self._broken = broken
        self._nesting = nesting
        self._fault = fault
        self._advise = advise
        self._lowered: dict[Name, Selector | None] = {}
        self._open: list[Name] = []

    def find(self, name: Name, path: Path, lower: Callable[[], Selector | None]) -> Selector | None:
        """Return what a name stands for that is used at `path`; None if it has a fault.

        `lower` is asked where the name is met first.
        """
        if name in self._lowered:
            self._nesting.again(name)
            return self._lowered[name]
        if name in self._open:
            self._note_circle((*self._open[self._open.index(name) :], name), path)
            return None
        self._open.append(name)
        self._nesting.enter()
        self._lowered[name] = lower()
        self._open.pop()
        self._nesting.leave_named(name)
        return self._lowered[name]

    def note_unknown(self, section: Section, name: str, path: Path) -> None:
        """Note a fault for a name that no table has; one whose table has faults has them already."""
        if (section, name) in self._broken:
            return
        known: list[str] = list(self._tables(section))
        near = suggest(name, known) or (
            f"known are {one_of(known)}" if known else f"there are no `[{section}]`"
        )
        if section == "events" and name in self._policy.states:
            near = f'it is a state: write `{{ during = "{name}" }}`'
            if ("states", name) in self._open:
                near = "it is the state itself, which begins and ends with events, such as "
                near += f'`{{ kind = "{name}" }}`'
        elif section == "states" and name in self._policy.events:
            near = f"it is a selector of `[events]`; {near}"
        advice = self._advise()
        near = f"{advice}; {near}" if advice else near
        self._fault("unknown-name", f"no {_WORDS[section]} is called `{name}`", path, near)

    def _tables(self, section: Section) -> Mapping[str, object]:
        return self._policy.events if section == "events" else self._policy.states

    def _note_circle(self, names: Sequence[Name], path: Path) -> None:
        circle = " → ".join(f"`{name}`" for _, name in names)
        states = [name for section, name in names if section == "states"]
        if not states:
            self._fault("cycle", f"selectors are built on each other in a circle: {circle}", path)
            return
        through = "" if len(names) == 2 else f", in a circle: {circle}"
        advice = f"the events that begin and end `{states[0]}` cannot ask whether it lasts"
        self._fault("cycle", f"the state `{states[0]}` uses itself{through}", path, advice)
