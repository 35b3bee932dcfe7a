"""Which installed plugins are loaded: decided by their names, before anything of them is imported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from comity.errors import UsageError, one_of, shown, suggest
from comity.plugins.distribution import Offered
from comity.records import frozen

VARIABLE: Final = "COMITY_PLUGINS"
"""The variable that says which plugins are loaded if no option does."""
_NOT: Final = "no:"


@frozen
class Choice:
    """The plugins that are chosen by name, and those that are blocked."""

    only: frozenset[str] | None = None
    """Names of entry points or distributions; None means all that are installed."""
    blocked: frozenset[str] = frozenset()
    source: str = ""
    """Where the choice was made, for messages."""

    @classmethod
    def of(cls, names: Iterable[str], source: str) -> Choice:
        """Read names; `no:NAME` blocks one. Without other names all plugins but those are meant."""
        if isinstance(names, str | bytes) or not isinstance(names, Iterable):
            raise UsageError(f"{source} are {shown(names)}: they are a list of names of plugins")
        names = list(names)
        for name in names:
            if not isinstance(name, str):
                raise UsageError(f"{source} hold {shown(name)}, which is not the name of a plugin")
        given = [name.strip() for name in names if name.strip()]
        blocked = frozenset(name.removeprefix(_NOT) for name in given if name.startswith(_NOT))
        only = frozenset(name for name in given if not name.startswith(_NOT))
        return cls(None if blocked and not only else only, blocked, source)

    @classmethod
    def of_variable(cls, text: str | None) -> Choice:
        """Read the variable: names with commas between. An empty one blocks all plugins."""
        return cls() if text is None else cls.of(re.split(r"[\s,]+", text), VARIABLE)

    def blocks(self, offered: Offered) -> str:
        """Return why a plugin is not loaded; empty if it is."""
        if any(offered.is_called(name) for name in self.blocked):
            return f"blocked by {self.source}"
        if self.only is not None and not any(offered.is_called(name) for name in self.only):
            return f"not among those of {self.source}" if self.only else f"blocked by {self.source}"
        return ""

    def asks_for(self, offered: Offered) -> bool:
        """Return whether a plugin is chosen by its name."""
        return self.only is not None and any(offered.is_called(name) for name in self.only)

    def check(self, installed: Sequence[Offered]) -> None:
        """Raise UsageError for a name that no installed plugin has."""
        for name in sorted((self.only or frozenset()) | self.blocked):
            if not any(offered.is_called(name) for offered in installed):
                known = sorted({offered.name for offered in installed})
                hint = suggest(name, known) or (
                    f"installed are {one_of(known)}" if known else "none is installed"
                )
                raise UsageError(f"{self.source}: no plugin is called `{name}`: {hint}")


NONE: Final = Choice(frozenset(), source="--no-plugins")
