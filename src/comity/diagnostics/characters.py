"""Invisible characters in events that are in memory; readers report those in logs."""

from __future__ import annotations

from collections.abc import Iterator

from comity.diagnostics.facts import Facts
from comity.events.event import count_hidden
from comity.events.hidden import hidden_notice
from comity.events.sources import Listed
from comity.notices import Notice
from comity.texts.identity import escaped, has_invisible


def characters_in_lists(facts: Facts) -> Iterator[Notice]:
    """Yield a notice for each field of which invisible characters were removed."""
    if not isinstance(facts.source, Listed):
        return
    found = dict(count_hidden(facts.source.events))
    for signature, count in facts.summary.census.signatures.items():
        for field, text in zip(("kind", "channel", "direction", "outcome"), signature, strict=True):
            if text is not None and has_invisible(text):
                before, example = found.get(field, (0, escaped(text)))
                found[field] = before + count, min(example, escaped(text))
    for field in sorted(found):
        yield hidden_notice(field, *found[field])
