"""How many values of declared attributes cannot be read, or not as they were probably meant."""

from __future__ import annotations


class UnreadCounts:
    """Counts of values that cannot be read, with one example of each attribute."""

    __slots__ = ("by_attribute", "by_rule", "examples", "joined")

    def __init__(self) -> None:
        self.by_attribute: dict[str, int] = {}
        """For `policy/attribute`, how many values cannot be read."""
        self.by_rule: dict[int, dict[str, int]] = {}
        """By the number of a rule and the attribute: how many unreadable values the rule would have used."""
        self.examples: dict[str, str] = {}
        """For `policy/attribute`, the first unreadable value in the order of texts."""
        self.joined: dict[str, tuple[int, str]] = {}
        """For `policy/attribute` of several texts, how many are one text that seems to join several, and the
        first of them in the order of texts."""

    def count_joined(self, name: str, example: str, count: int = 1) -> None:
        """Count texts of `policy/attribute` that seem to join several, one of which is the example."""
        known, first = self.joined.get(name, (0, example))
        self.joined[name] = known + count, min(first, example)

    def count(self, name: str, shown: str, count: int = 1) -> None:
        """Count values of `policy/attribute`, of which one is shown."""
        self.by_attribute[name] = self.by_attribute.get(name, 0) + count
        self.examples[name] = min(self.examples.get(name, shown), shown)

    def count_for(self, rule: int, attribute: str, count: int = 1) -> None:
        """Count values that the rule of a number would have used."""
        counts = self.by_rule.setdefault(rule, {})
        counts[attribute] = counts.get(attribute, 0) + count

    def add(self, other: UnreadCounts) -> None:
        """Add the counts of other events."""
        for name, count in other.by_attribute.items():
            self.by_attribute[name] = self.by_attribute.get(name, 0) + count
        for name, shown in other.examples.items():
            self.examples[name] = min(self.examples.get(name, shown), shown)
        for name, (count, example) in other.joined.items():
            self.count_joined(name, example, count)
        for rule, counts in other.by_rule.items():
            for attribute, count in counts.items():
                self.count_for(rule, attribute, count)

    def copied(self) -> UnreadCounts:
        """Return an independent copy."""
        made = UnreadCounts()
        made.add(self)
        return made
