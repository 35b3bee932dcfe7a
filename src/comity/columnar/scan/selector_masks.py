"""The masks of events: each selector of the event alone is one bit."""

from __future__ import annotations

from collections import Counter

import numpy as np

from comity.columnar.arrays import WORD, Words
from comity.columnar.scan.block_selectors import BlockSelectors, canonical_text
from comity.columnar.scan.signatures import BlockSignatures, signature_of
from comity.columns.event_columns import EventColumns
from comity.events.census import Signature
from comity.events.channels.channel import Channels
from comity.plan import ALWAYS, NEVER, Selector
from comity.plan.selectors import Compound, looks_back, simplify

_MOST_COMBINATIONS = 1 << 16


class SelectorMasks:
    """The selectors of the masks, each with the number of its bit."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._numbers: dict[Selector, int] = {}
        self._decided: dict[tuple[tuple[str, str | None], ...], tuple[int, tuple[int, ...]]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, selector: Selector) -> None:
        """Add a selector: its largest parts that depend on the event alone."""
        waiting, seen = [selector], set[int]()
        while waiting:
            part = waiting.pop()
            if id(part) in seen:
                continue
            seen.add(id(part))
            if isinstance(part, Compound) and looks_back(part):
                waiting.extend(reversed(part.parts()))
            else:
                self._numbers.setdefault(part, len(self._numbers))

    def number(self, selector: Selector) -> int:
        """Return the number of a selector's bit."""
        return self._numbers[selector]

    def masks(self, columns: EventColumns) -> tuple[list[Words], Counter[Signature]]:
        """Return the masks of events, in words of 64 bits, and how many events have which signature."""
        count, words = len(columns), -(-len(self) // WORD)
        signatures = BlockSignatures(columns)
        if signatures.size > _MOST_COMBINATIONS:
            masks = [np.zeros(count, np.uint64) for _ in range(words)]
            asked = set(range(len(self)))
            alike = signatures.count_some()
        else:
            masks, asked, alike = self._by_signature(signatures, words)
        reader = BlockSelectors(columns, self._channels)
        selectors = list(self._numbers)
        for number in sorted(asked):
            masks[number // WORD] |= reader.holds(selectors[number]).astype(np.uint64) << np.uint64(
                number % WORD
            )
        return masks, alike

    def _by_signature(
        self, signatures: BlockSignatures, words: int
    ) -> tuple[list[Words], set[int], Counter[Signature]]:
        """Return the masks as far as signatures decide them.

        Also return the numbers of the selectors that they do not decide, and how many events have which
        signature.
        """
        codes = signatures.codes()
        alike: Counter[Signature] = Counter()
        tables = [np.zeros(signatures.size, np.uint64) for _ in range(words)]
        asked: set[int] = set()
        for code, count in signatures.counts(codes):
            known = signatures.values(code)
            alike[signature_of(known)] += count
            mask, open_ = self._decide(known)
            asked.update(open_)
            for word in range(words):
                tables[word][code] = mask >> (WORD * word) & (1 << WORD) - 1
        return [table[codes] for table in tables], asked, alike

    def _decide(self, known: dict[str, str | None]) -> tuple[int, tuple[int, ...]]:
        key = tuple(known.items())
        found = self._decided.get(key)
        if found is None:
            canonical = {name: canonical_text(name, text, self._channels) for name, text in known.items()}
            if "channel" in canonical:
                canonical["medium"] = self._channels.medium(canonical["channel"] or "")
            mask, open_ = 0, []
            for selector, number in self._numbers.items():
                verdict = simplify(selector, canonical)
                if verdict == ALWAYS:
                    mask |= 1 << number
                elif verdict != NEVER:
                    open_.append(number)
            found = self._decided[key] = (mask, tuple(open_))
        return found
