"""The operator share as SQL: how many of the whole are parts, in a period or up to each part."""

from __future__ import annotations

from comity.plan import Share
from comity.sql.refused import CannotCompile
from comity.sql.rule_steps import AFTER, AT, JUDGED, UP_TO, RuleSteps
from comity.sql.statement import Found

_LARGEST = 1 << 24
"""Shares of larger numbers, times the events of a scope, may not fit into 64 bits."""


def find_share(steps: RuleSteps, share: Share, as_of: str) -> Found:
    """Add the steps that find the parts with which a share is exceeded; of a period, the last one."""
    numerator, denominator = share.share
    if max(share.share) > _LARGEST:
        raise CannotCompile(f"a share of {numerator}/{denominator} needs numbers of more than 64 bits")
    part, whole = steps.flag(share.part), steps.flag(share.whole)
    columns = {"start": steps.start(share.window)}
    if share.by_period:
        columns["end"] = steps.due(share.window)
    relation = steps.rows(part, whole, **columns)
    window = steps.over(UP_TO)
    sums = {"parts": steps.number(part, window), "wholes": steps.number(whole, window)}
    if share.by_period:
        sums["next"] = f"MIN(CASE WHEN {part} = 1 THEN {AT} END) {steps.over(AFTER)}"
    rows = relation = steps.more(relation, sums)
    plays = f"{part} = 1 OR {whole} = 1"
    values = {"earlier_parts": '"parts"', "earlier_wholes": '"wholes"'}
    kept = ['"parts"', '"wholes"', *(['"next"', '"end"'] if share.by_period else [])]
    relation = steps.probe(rows, kept, rows, values, plays, '"start"')
    parts = '"parts"', '"wholes"'
    if share.by_period:
        kept += [f'"{name}"' for name in values]
        values = {"all_parts": '"parts"', "all_wholes": '"wholes"'}
        relation = steps.probe(relation, kept, rows, values, plays, '"end"', through=True)
        parts = '"all_parts"', '"all_wholes"'
    number, of = (
        f"({each} - COALESCE({earlier}, 0))"
        for each, earlier in zip(parts, ('"earlier_parts"', '"earlier_wholes"'), strict=True)
    )
    met = f"{JUDGED} = 1 AND {of} >= {share.at_least} AND {number} * {denominator} > {of} * {numerator}"
    if not share.by_period:
        return Found(relation, met)
    met += ' AND ("next" IS NULL OR "next" > "end")'
    return Found(relation, met, due='"end"', pending=f'"end" > {as_of}')
