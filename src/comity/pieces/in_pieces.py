"""Judging a log in pieces, as methods of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.events.values import Instant

if TYPE_CHECKING:
    from comity.pieces.auditor import Auditor
    from comity.pieces.loaded import Loaded
    from comity.plan.needs.split_keys import SplitKey
    from comity.readers import Mapping as LogMapping


class InPieces:
    """What an engine offers where Python runs beside the data: Spark, Ray, Dask and others."""

    __slots__ = ()

    def split_keys(self: Loaded) -> tuple[SplitKey, ...]:
        """Return the passes in which a log that is split can be judged, each with its fields and its rules.

        Rules that have a field of their `per` in common share a pass: all their scopes stay together if all
        events with the same values of these fields do. A pass without fields takes the whole log in one
        piece. The first pass also tells about rejected rows, and counts.
        """
        from comity.plan.needs.split_keys import split_keys

        return split_keys(self.plan)

    def auditor(
        self: Loaded,
        *,
        as_of: Instant,
        order_by: str,
        since: Instant | None = None,
        until: Instant | None = None,
        mapping: LogMapping | str | None = None,
        timezone: str | None = None,
        split_key: SplitKey | tuple[str, ...] | None = None,
    ) -> Auditor:
        """Make a function that judges a piece of a log: from Arrow record batches to those of one schema.

        A piece is all rows of some values of the split key. The function can be pickled and needs no engine
        where it runs, but the same packages. `as_of` is now, for answers that may still come: a piece does
        not know the latest event of the log. `order_by` is a column whose values are all different; it orders
        the rows, and names events without an id. `mapping` is a mapping, or the name of a profile, and
        `timezone` the zone of times without an offset. Of several `split_keys`, `split_key` is the one to
        judge; with `()` all rules are judged on the whole log, in one piece.

        Raises UsageError for an unknown zone, profile or split key, and without the split key if there are
        several; EventError for an instant that is none.
        """
        from comity.pieces.making import make_auditor

        return make_auditor(self, as_of, order_by, since, until, mapping, timezone, split_key)
