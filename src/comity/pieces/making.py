"""Making auditors: the arguments are checked before any piece is read."""

from __future__ import annotations

from comity.audits.log_mapping import choose_mapping
from comity.clock.zones import find_zone
from comity.errors import EventError, UsageError, shown
from comity.events.values import Instant, read_at
from comity.pieces.auditor import Auditor
from comity.pieces.loaded import Loaded
from comity.plan.needs.split_keys import SplitKey, split_keys
from comity.readers import Mapping as LogMapping


def make_auditor(
    engine: Loaded,
    as_of: Instant,
    order_by: str,
    since: Instant | None,
    until: Instant | None,
    mapping: LogMapping | str | None,
    timezone: str | None,
    split_key: SplitKey | tuple[str, ...] | None,
) -> Auditor:
    """Return an auditor of the rules of one split key; `InPieces.auditor` explains the arguments."""
    if as_of is None:
        raise UsageError(
            "as_of=None: an instant is needed, since a piece of a log does not know the latest event of all"
        )
    given: object = order_by
    if not isinstance(given, str) or not given:
        raise UsageError(f"order_by={shown(order_by)}: it must be the name of a column that orders the rows")
    if not isinstance(timezone, str | None):
        raise UsageError(f"timezone={shown(timezone)}: it must be the name of a zone or an offset")
    try:
        if timezone is not None:
            find_zone(timezone)
    except EventError as error:
        raise UsageError(str(error)) from None
    return Auditor(
        engine,
        _key(engine, split_key),
        order_by,
        read_at(as_of),
        None if since is None else read_at(since),
        None if until is None else read_at(until),
        choose_mapping(mapping, None, None, engine.plugins, engine.plan),
        timezone,
    )


def _key(engine: Loaded, wanted: SplitKey | tuple[str, ...] | None) -> SplitKey:
    known = split_keys(engine.plan)
    passes = "; by ".join(each.shown() for each in known)
    if wanted is None:
        if len(known) == 1:
            return known[0]
        raise UsageError(
            f"the rules need {len(known)} passes over the log, by {passes}: make an auditor for each of "
            "`split_keys()`, with `split_key=`, or one for the whole log in one piece, with `split_key=()`"
        )
    fields = wanted.fields if isinstance(wanted, SplitKey) else tuple(wanted)
    for each in known:
        if each.fields == fields and (fields or len(known) == 1 or isinstance(wanted, SplitKey)):
            return each
    if not fields:
        return SplitKey((), tuple(rule.name for rule in engine.plan.rules))
    raise UsageError(
        f"no pass of these rules splits the log by {', '.join(f'`{name}`' for name in fields)}: "
        f"they do by {passes}"
    )
