"""What notices are made from: the plan, the log's words, its first events, and the counts of the audit."""

from __future__ import annotations

from functools import cached_property

from comity.diagnostics.log_words import LogWords, advice, asked_words
from comity.diagnostics.sample import Sample
from comity.events.channels.channel import Channels
from comity.events.sources import Source
from comity.plan import Plan, Selector
from comity.records import frozen
from comity.results.report import Summary


@frozen(eq=False, slots=False)
class Facts:
    """What is known after an audit."""

    plan: Plan
    channels: Channels
    summary: Summary
    source: Source
    since: int | None = None
    until: int | None = None

    @cached_property
    def words(self) -> LogWords:
        """The words of the log."""
        return LogWords(self.summary.census, self.channels)

    @cached_property
    def sample(self) -> Sample:
        """The first events of the log."""
        return Sample(self.source, self.channels)

    @cached_property
    def absent(self) -> frozenset[str]:
        """The fields and attributes for which the log has no column."""
        absent = getattr(self.source, "absent", None)
        return frozenset() if absent is None else absent()

    @cached_property
    def asked(self) -> dict[str, frozenset[str]]:
        """The words that the policies ask for, by field."""
        return asked_words(selector for rule in self.plan.rules for selector in rule.selectors())

    def known(self, field: str) -> set[str]:
        """Return the words of a field that the policies ask for, and the names of channels."""
        channels = self.channels.names() if field == "channel" else ()
        return {*self.asked.get(field, ()), *channels}

    def advice(self, part: Selector) -> str | None:
        """Say what was probably meant by a test that no event passes."""
        return advice(part, self.words, self.absent, self.asked)
