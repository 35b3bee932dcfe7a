"""The checks for authors of plugins pass what is right and catch what is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BufferedReader
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from comity import Event, Report
from comity.formatters import Formatter, Style
from comity.formatters.builtin import BUILTIN_FORMATTERS
from comity.plan import Count, PythonCheck, Verdict, Wording
from comity.policy.kind import FieldType, Lowered, RuleContext, SelectorRef, SpanText
from comity.readers import BUILTIN_READERS, BadRow, LogFormat, Reader, RowBatch
from comity.testing import check_formatter, check_industry, check_reader, check_rule_kind, plugin_of

DAY = 86_400_000_000


@attrs.frozen
class Daily:
    """One contact in a day."""

    kind: ClassVar[str] = "daily"

    contact: SelectorRef
    gap: SpanText = SpanText("1d")

    def lower(self, rule: RuleContext) -> Lowered:
        contact = rule.contact(self.contact)
        wording = Wording("one", "The {event} is another.", nothing="none")
        return Lowered(contact, Count(rule.not_exempt(contact), 1, rule.span(self.gap, "gap"), None, wording))

    def declares(self) -> Mapping[str, FieldType]:
        return {}


def daily(rule: Mapping[str, Any], events: Sequence[Event], place: int) -> bool | None:
    if events[place].direction != "outbound":
        return None
    return not any(e.direction == "outbound" and events[place].at - e.at < DAY for e in events[:place])


def test_a_right_kind_passes() -> None:
    check_rule_kind(Daily, daily, [{"contact": {}}, {"contact": {}, "exempt": {"kind": "x"}}], examples=40)


def test_another_statement_is_caught() -> None:
    def weekly(rule: Mapping[str, Any], events: Sequence[Event], place: int) -> bool | None:
        return daily(rule, events, place) and all(events[place].at - e.at >= 7 * DAY for e in events[:place])

    with pytest.raises(AssertionError):
        check_rule_kind(Daily, weekly, [{"contact": {}}])


def judging(judge: Callable[[Sequence[Event]], Verdict | None]) -> type:
    @attrs.frozen
    class Judging(Daily):
        kind: ClassVar[str] = "judging"

        def lower(self, rule: RuleContext) -> Lowered:
            return Lowered(rule.contact(self.contact), PythonCheck(judge, Wording("one", "The {event}.")))

    return Judging


def verdict_after(wait: int) -> Callable[[Sequence[Event]], Verdict | None]:
    def judge(events: Sequence[Event]) -> Verdict | None:
        if daily({}, events, len(events) - 1) is not False:
            return None
        return Verdict("one more", (), max(e.at for e in events[:-1] if e.direction == "outbound") + wait)

    return judge


def test_a_judgement_in_python_is_checked_alike() -> None:
    check_rule_kind(judging(verdict_after(DAY)), daily, [{"contact": {}}], examples=30)
    late = judging(verdict_after(2 * DAY))
    with pytest.raises(AssertionError, match=r"before `next_allowed` .* it is allowed"):
        check_rule_kind(late, daily, [{"contact": {}}], examples=30)
    numbers = count()
    moody = judging(lambda events: verdict_after(DAY)(events) if next(numbers) % 3 else None)
    with pytest.raises(AssertionError):
        check_rule_kind(moody, daily, [{"contact": {}}], examples=30)


def test_a_kind_that_raises_is_caught() -> None:
    def fail(events: Sequence[Event]) -> Verdict | None:
        raise ValueError("no")

    with pytest.raises(AssertionError, match=r"the kind failed: .*ValueError: no"):
        check_rule_kind(judging(fail), daily, [{"contact": {}}], examples=10)


LOG = b"ann|2025-03-01\nbob|2025-03-02\nno bar\n"


def lines(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    for number, line in enumerate(stream, 1):
        person, bar, at = line.decode("utf-8", "replace").strip().partition("|")
        if bar:
            yield RowBatch([number], {"person": [person], "at": [at]})
        else:
            yield RowBatch([], {}, [BadRow(number, "it has no `|`")], ("person", "at"))


def test_a_right_reader_passes() -> None:
    reading = check_reader(Reader("lines", (), lines), LOG, 3, rejected=1)
    assert [event.person for event in reading.events] == ["ann", "bob"]


@pytest.mark.parametrize("reader", BUILTIN_READERS[:4], ids=lambda reader: reader.name)
def test_the_built_in_readers_pass(reader: Reader) -> None:
    logs = {
        "csv": b"person,at\nann,2025-03-01\nbob,2025-03-02\n",
        "tsv": b"person\tat\nann\t2025-03-01\nbob\t2025-03-02\n",
        "jsonl": b'{"person": "ann", "at": "2025-03-01"}\n{"person": "bob", "at": "2025-03-02"}\n',
        "json": b'[{"person": "ann", "at": "2025-03-01"}, {"person": "bob", "at": "2025-03-02"}]',
    }
    own = attrs.evolve(reader, name=f"my-{reader.name}", splits=None)
    assert len(check_reader(own, logs[reader.name], 2).events) == 2


def test_readers_that_lose_rows_or_raise_are_caught() -> None:
    def losing(*given: Any) -> Iterator[RowBatch]:
        return (batch for batch in lines(*given) if batch.numbers)

    with pytest.raises(AssertionError, match="2 rows were read, not 3"):
        check_reader(Reader("losing", (), losing), LOG, 3, rejected=1)

    def doubling(*given: Any) -> Iterator[RowBatch]:
        for batch in lines(*given):
            yield from (batch, batch)

    with pytest.raises(AssertionError, match="two rows have one number"):
        check_reader(Reader("doubling", (), doubling), LOG, 6, rejected=2)

    def fragile(stream: BufferedReader, *given: Any) -> Iterator[RowBatch]:
        for number, line in enumerate(stream, 1):
            person, _, at = line.decode("ascii").partition("|")
            yield RowBatch([number], {"person": [person], "at": [at.strip() or 1 / 0]})

    with pytest.raises(AssertionError, match="it raises PluginError: the reader `fragile` failed"):
        check_reader(Reader("fragile", (), fragile), LOG[:30], 2)
    numbers = count()

    def moody(*given: Any) -> Iterator[RowBatch]:
        yield RowBatch([1], {"person": [f"p{next(numbers)}"], "at": ["2025-03-01"]})

    with pytest.raises(AssertionError, match="reading it again gives something else"):
        check_reader(Reader("moody", (), moody), LOG, 1)
    greedy = Reader("greedy", (), lines, recognises=lambda head: True)
    with pytest.raises(AssertionError, match=r"takes .* for its own"):
        check_reader(greedy, LOG, 3, rejected=1)


def json_lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().splitlines()]


@pytest.mark.parametrize("formatter", BUILTIN_FORMATTERS, ids=lambda formatter: formatter.name)
def test_the_built_in_formatters_pass(formatter: Formatter) -> None:
    check_formatter(formatter, json_lines if formatter.name == "jsonl" else None)


def test_formatters_that_lose_or_turn_findings_are_caught() -> None:
    def people(data: bytes) -> list[dict[str, Any]]:
        return [{"event": line} for line in data.decode().split("\x1e")[:-1]]

    def turned(report: Report, style: Style) -> Iterator[str]:
        for finding in reversed(list(report.findings)):
            yield finding.event + "\x1e"

    with pytest.raises(AssertionError, match="`event` of finding 0 is read back"):
        check_formatter(Formatter("turned", turned), people)

    def short(report: Report, style: Style) -> Iterator[str]:
        yield from [finding.event + "\x1e" for finding in report.findings][:1]

    with pytest.raises(AssertionError, match="1 findings are read back, not 500"):
        check_formatter(Formatter("short", short), people)
    numbers = count()
    moody = Formatter("moody", lambda report, style: iter([str(next(numbers))]))
    with pytest.raises(AssertionError, match="writing it again gives something else"):
        check_formatter(moody)


def test_policies_without_cases_or_with_wrong_ones_are_caught(tmp_path: Path) -> None:
    plugin = plugin_of(policy_folders=[tmp_path])
    head = 'comity = 1\n[policy]\nid = "p"\ntitle = "P"\nversion = "1"\nreferences = [{ title = "R" }]\n'
    rule = '[rules.r]\nkind = "forbidden"\ncontact = {}\n'
    (tmp_path / "p.toml").write_text(head.replace("references", "# references") + rule)
    with pytest.raises(AssertionError, match=r"p.toml has no references\np.toml has no cases beside it"):
        check_industry(plugin)
    (tmp_path / "p.toml").write_text(head + rule)
    cases = (
        'comity-cases = 1\nperson = "ann"\n[[case]]\nname = "c"\nevents = [{ at = "2025-03-01T00:00:00Z" }]\n'
    )
    (tmp_path / "p.cases.toml").write_text(cases + "findings = []\n")
    with pytest.raises(AssertionError, match=r"p.cases.toml, c: not expected: rule = 'r', event = '#1'"):
        check_industry(plugin)
    (tmp_path / "p.cases.toml").write_text(cases + 'findings = [{ rule = "r", event = "#1" }]\n')
    assert check_industry(plugin) == 1
    (tmp_path / "q.toml").write_text("comity = 2\n")
    with pytest.raises(AssertionError, match=r"q\.toml does not load"):
        check_industry(plugin)
