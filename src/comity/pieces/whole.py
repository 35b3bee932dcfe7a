"""The report of a log whose pieces were judged one by one: findings in order, and counts summed up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs
import pyarrow as pa

from comity.audits.report import report_of
from comity.clock.eras import Eras
from comity.diagnostics import Facts
from comity.errors import InputError, UsageError
from comity.events.census import Census, census_of
from comity.events.event import Event
from comity.events.hidden import hidden_notice
from comity.events.sources import SourceCounts
from comity.notices import Notice
from comity.pieces.loaded import Loaded
from comity.pieces.ordered import missing_notice, tied_notice, unnamed_notice
from comity.pieces.rows import COUNTS, FINDING, RECORD, REJECTED, ROW, schema
from comity.plan import Plan
from comity.records import frozen
from comity.results.finding_keys import FINDING_KEYS
from comity.results.findings import Finding, FindingList
from comity.results.report import Rejection, Report, RuleCounts, Summary
from comity.texts.near import Near, find_near, near_texts

MOST_REJECTIONS: Final = 100
"""How many rejected rows a report keeps; it counts all of them."""
_OF_ORDER: Final = {"order-missing": missing_notice, "id-missing": unnamed_notice}
Counts = Mapping[str, Any]
OrderKey = tuple[bool, int, str]


def report_of_rows(engine: Loaded, rows: Any) -> Report:
    """Return the report of the rows of all pieces and passes; raises InputError for other rows."""
    table = _table(rows)
    kinds = table.column(RECORD)
    counts = [
        json.loads(each) for each in table.filter(pa.compute.equal(kinds, COUNTS))["counts"].to_pylist()
    ]
    firsts = [each for each in counts if each["first"]]
    if counts and not firsts:
        raise InputError("the rows of the first pass are missing, which has the counts of the log")
    source = GatheredLog(firsts, _rejections(table.filter(pa.compute.equal(kinds, REJECTED))))
    limits = {name: counts[0][name] if counts else None for name in ("as_of", "since", "until")}
    summary = _summary(engine.plan, source, counts, firsts, limits["as_of"])
    facts = Facts(engine.plan, engine.plugins.channels, summary, source, limits["since"], limits["until"])
    findings = FindingList(_findings(table.filter(pa.compute.equal(kinds, FINDING))))
    return report_of(facts, findings, engine.notices, refuse_rejected=False)


def _table(rows: Any) -> pa.Table:
    if isinstance(rows, pa.RecordBatch):
        rows = [rows]
    # What a generator of rows raises is no fault of the rows.
    stream = hasattr(rows, "__arrow_c_stream__")
    batches = list(rows) if isinstance(rows, Iterable) and not stream else None
    try:
        if stream:
            table = pa.table(rows)
        elif batches is not None:
            table = pa.Table.from_batches(batches) if batches else schema().empty_table()
        else:
            kind = type(rows).__name__
            raise UsageError(f"`{kind}` has no rows of an auditor: give a table or record batches")
        return table.select(schema().names).cast(schema())
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"these are not the rows that an auditor yields: {reason}") from None


def _findings(table: pa.Table) -> list[Finding]:
    """Return findings in the order of an audit."""
    instants = {name: table[name].cast(pa.int64()) for name in ("at", "allowed_from", "due")}
    columns = {name: instants.get(name, table[name]).to_pylist() for name in FINDING_KEYS}
    columns["scope"] = [tuple(each) for each in columns["scope"]]
    columns["evidence"] = [tuple(each) for each in columns["evidence"]]
    found = [Finding(*values) for values in zip(*(columns[name] for name in FINDING_KEYS), strict=True)]
    places = list(map(_order_key, table[ROW].to_pylist()))
    ordered = sorted(range(len(found)), key=lambda number: _sort_key(found[number], places[number]))
    return [found[number] for number in ordered]


def _sort_key(finding: Finding, place: OrderKey) -> tuple[Any, ...]:
    scope = tuple((value is not None, value or "") for _, value in finding.scope)
    return finding.person, finding.at, place, finding.policy, finding.rule, scope


def _order_key(row: str | None) -> OrderKey:
    """Return what sorts rows as the order column does: whole numbers by their size, other values as texts."""
    if row is None:
        return True, 0, ""
    return False, int(row) if _is_number(row) else 0, row


def _is_number(row: str | None) -> bool:
    digits = (row or "").removeprefix("-")
    return digits.isascii() and digits.isdecimal()


def _rejections(table: pa.Table) -> list[Rejection]:
    rows = zip(table[ROW].to_pylist(), table["message"].to_pylist(), table["cells"].to_pylist(), strict=True)
    ordered = sorted(rows, key=lambda row: _order_key(row[0]))[:MOST_REJECTIONS]
    return [
        Rejection("the log", int(row), reason, json.loads(cells))
        if _is_number(row)
        else Rejection(f"the log, at `{row}`", number, reason, json.loads(cells))
        for number, (row, reason, cells) in enumerate(ordered, 1)
    ]


@frozen(eq=False)
class GatheredLog:
    """The log of which pieces were judged, as a source: events of each piece, and the sums of counts."""

    pieces: Sequence[Counts]
    """The counts of the first pass."""
    rejections: Sequence[Rejection]
    is_sample: bool = True

    def batches(self) -> Iterator[list[Event]]:
        """Return the events of which pieces gave an example."""
        for piece in self.pieces:
            yield [Event(**{**each, "matter": tuple(each["matter"])}) for each in piece["sample"]]

    def latest(self) -> int | None:
        """Return the latest instant of all pieces."""
        return max((piece["census"]["last"] for piece in self.pieces if piece["events"]), default=None)

    def counts(self) -> SourceCounts:
        """Return the sums of the counts of rows."""
        found: SourceCounts = {"rows_read": 0, "rows_rejected": 0, "rows_skipped": 0}
        summed = Counter(found)
        for piece in self.pieces:
            summed.update(piece["rows"])
        found.update(summed)  # type: ignore[typeddict-item]
        return found

    def absent(self) -> frozenset[str]:
        """Return the fields and attributes for which there is no column."""
        return frozenset(name for piece in self.pieces[:1] for name in piece["absent"])

    def lacking(self) -> dict[str, list[str]]:
        """Return, by field or attribute, the table that has no column for it."""
        return dict(self.pieces[0]["lacking"]) if self.pieces else {}

    def spelled(self, field: str) -> str:
        """Return the name of the column that a field is taken from."""
        return str(self.pieces[0]["channel"]) if self.pieces and field == "channel" else field

    def notices(self) -> Iterator[Notice]:
        """Yield what is known of the rows and columns of all pieces."""
        hidden: dict[str, tuple[int, str]] = {}
        for piece in self.pieces:
            for field, (count, example) in piece["hidden"].items():
                before, first = hidden.get(field, (0, example))
                hidden[field] = before + count, min(first, example)
        yield from self._own()
        yield from dict.fromkeys(Notice(**each) for piece in self.pieces for each in piece["notices"])
        for field, (count, example) in sorted(hidden.items()):
            yield hidden_notice(field, count, example)

    def _own(self) -> Iterator[Notice]:
        counts: Counter[str] = Counter()
        examples: dict[str, str] = {}
        for piece in self.pieces:
            for each in piece["own"]:
                notice = Notice(**each)
                if notice.code not in ("order-ties", *_OF_ORDER):
                    yield notice
                    continue
                counts[notice.code] += notice.count or 0
                example = notice.example or ""
                examples[notice.code] = min(examples.get(notice.code, example), example)
        for code, count in sorted(counts.items()):
            order_by = self.pieces[0]["order_by"]
            if code == "order-ties":
                yield tied_notice(count, examples[code], order_by)
            else:
                yield _OF_ORDER[code](count, order_by)


def _summary(
    plan: Plan, source: GatheredLog, counts: Sequence[Counts], firsts: Sequence[Counts], as_of: int | None
) -> Summary:
    by_rule = {rule.name: RuleCounts() for rule in plan.rules}
    for piece in counts:
        for name, each in piece["by_rule"].items():
            _add(by_rule[name], each)
    examples: dict[str, str] = {}
    unparted: dict[str, tuple[int, str]] = {}
    unreadable: Counter[str] = Counter()
    eras = Eras()
    for piece in firsts:
        unreadable.update(piece["unreadable"])
        for name, example in piece["unreadable_examples"].items():
            examples[name] = min(examples.get(name, example), example)
        for name, (count, example) in piece["unparted"].items():
            before, first = unparted.get(name, (0, example))
            unparted[name] = before + count, min(first, example)
        eras.update(_eras(piece["eras"]))
    return Summary(
        events=sum(piece["events"] for piece in firsts),
        persons=sum(piece["persons"] for piece in firsts),
        as_of=as_of,
        policies=plan.policies,
        by_rule=by_rule,
        unreadable=dict(sorted(unreadable.items())),
        unreadable_examples=dict(sorted(examples.items())),
        unparted=dict(sorted(unparted.items())),
        suspicious=eras.suspicious(),
        fixed_zones=_fixed_zones(plan, counts),
        near=near_texts({"person": _near([piece["near"] for piece in firsts]), **_near_values(firsts)}),
        census=_census(plan, counts),
        **source.counts(),
    )


def _add(tally: RuleCounts, counts: Counts) -> None:
    for name, value in counts.items():
        if isinstance(value, dict):
            summed = Counter(getattr(tally, name))
            summed.update(value)
            setattr(tally, name, dict(sorted(summed.items())))
        else:
            setattr(tally, name, getattr(tally, name) + value)


def _eras(written: Counts) -> Eras:
    years = Counter({int(year): count for year, count in written["years"].items()})
    return Eras(**{**written, "years": years})


def _by_pass(counts: Sequence[Counts]) -> list[list[Counts]]:
    found: dict[tuple[str, ...], list[Counts]] = {}
    for piece in counts:
        found.setdefault(tuple(piece["key"]), []).append(piece)
    return list(found.values())


def _fixed_zones(plan: Plan, counts: Sequence[Counts]) -> Mapping[str, int]:
    """Return the counts of zones without summer time: of a pass whose rules read the zones of events."""
    most: Counter[str] = Counter()
    for pieces in _by_pass(counts):
        summed: Counter[str] = Counter()
        for piece in pieces:
            summed.update(piece["fixed_zones"])
        most |= summed
    return plan.fixed_zones(most)


def _census(plan: Plan, counts: Sequence[Counts]) -> Census:
    """Return the census of the pass that knows most: not the rules of every pass ask for outcomes."""
    made = [_census_of(pieces, plan) for pieces in _by_pass(counts)]
    return max(made, key=lambda census: len(census.signatures), default=Census())


def _census_of(pieces: Sequence[Counts], plan: Plan) -> Census:
    some = [piece["census"] for piece in pieces if piece["census"]["first"] is not None]
    if not some:
        return Census()
    signatures = (((k, c, d, o), count) for each in some for k, c, d, o, count in each["signatures"])
    found = census_of(
        signatures,
        min(each["first"] for each in some),
        max(each["last"] for each in some),
        sum(each["repeated"] for each in some),
        min((each["repeated_id"] for each in some if each["repeated_id"] is not None), default=None),
        outcomes=plan.asks_outcome(),
    )
    return found if all(each["whole"] for each in some) else attrs.evolve(found, signatures={}, whole=False)


def _near(found: Iterable[Sequence[Any] | None]) -> Near | None:
    """Return the persons that are nearly the same: these are in one piece."""
    some = [each for each in found if each is not None]
    if not some:
        return None
    one, other = min((one, other) for _, one, other in some)
    return Near(sum(count for count, _, _ in some), (one, other))


def _near_values(firsts: Sequence[Counts]) -> dict[str, Near | None]:
    """Return the actors and matters that are nearly the same, unless a piece has too many of them."""
    found: dict[str, Near | None] = {}
    for name in firsts[0]["values"] if firsts else ():
        values = [piece["values"][name] for piece in firsts]
        if all(each is not None for each in values):
            found[name] = find_near(sorted({text for each in values for text in each}))
    return found
