"""The zones of events as texts: their own, or those that zone sources find from their attributes."""

from __future__ import annotations

import numpy as np

from comity.columns.event_columns import Coded, EventColumns
from comity.events.zone_sources import ZoneSources


def zone_texts(columns: EventColumns, zone_sources: ZoneSources) -> Coded | None:
    """Return the zones of events as texts, None for an event without one; None if no event can have one.

    Raises PluginError if a source fails.
    """
    own = columns.fields.get("timezone")
    known = {name: columns.attributes[name] for name in zone_sources.attributes if name in columns.attributes}
    if not known:
        return None if own is None else Coded(own.codes, [text or None for text in own.values])
    parts = [*known.values(), own or Coded(np.zeros(len(columns), np.int32), [None])]
    combined = np.zeros(len(columns), np.int64)
    for part in parts:
        combined = combined * max(len(part.values), 1) + part.codes
    distinct, codes = np.unique(combined, return_inverse=True)
    values: list[str | None] = []
    for code in distinct.tolist():
        row = []
        for part in reversed(parts):
            code, place = divmod(code, max(len(part.values), 1))
            row.append(part.values[place])
        text, *given = row
        attributes = {name: raw for name, raw in zip(reversed(known), given, strict=True) if raw is not None}
        values.append(text or " ".join(zone.name for zone in zone_sources.of(attributes)) or None)
    return Coded(codes.astype(np.int32), values)
