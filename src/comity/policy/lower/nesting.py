"""How deep selectors are nested: a policy has a budget for it, because back ends descend into them."""

from __future__ import annotations

from collections.abc import Hashable

from comity.budgets import over_budget


class Nesting:
    """Measures the height of each selector while it is lowered, through the names that it uses."""

    def __init__(self, budget: int) -> None:
        """Take the most selectors that may be inside each other."""
        self._budget = budget
        self._heights: dict[Hashable, int] = {}
        """For each name, how many selectors are inside each other in it."""
        self._below: list[int] = [0]
        """For each selector that is being lowered, the greatest height so far of those inside it."""

    def enter(self) -> None:
        """Begin a selector, or a name."""
        self._below.append(0)

    def leave(self) -> tuple[str, str] | None:
        """Finish a selector; return the message and the advice if it is higher than the budget."""
        height = self._below.pop() + 1
        self._rise(min(height, self._budget))
        if height <= self._budget:
            return None
        return over_budget("nesting", f"{height} selectors are inside each other", self._budget)

    def leave_named(self, name: Hashable) -> None:
        """Finish a name, which adds nothing to the height of its selector."""
        self._heights[name] = self._below.pop()
        self._rise(self._heights[name])

    def again(self, name: Hashable) -> None:
        """Count the selector of a name that is lowered already."""
        self._rise(self._heights[name])

    def _rise(self, height: int) -> None:
        """Note the height of a selector inside the one that is being lowered."""
        self._below[-1] = max(self._below[-1], height)
