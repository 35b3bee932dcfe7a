"""The results of cases for people: failures, with what was expected and what was found, and coverage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from comity.cases.compare import comparable, paired
from comity.cases.coverage import ASPECTS, Coverage
from comity.cases.suite import CaseResult, PolicyResult, SuiteResult
from comity.errors import printable, printable_lines
from comity.formatters import Style
from comity.formatters.text import console_for
from comity.texts.many import many

if TYPE_CHECKING:
    from rich.table import Table

_SHOWN = ("rule", "event", "status")


def write_text(suite: SuiteResult, style: Style) -> Iterator[str]:
    """Yield a block for each policy and a line of totals."""
    for policy in suite.policies:
        yield _block(policy, style)
    said = [many(suite.cases, "case"), f"{suite.failed} failed"]
    said += [f"{many(suite.faults, 'file')} with faults"] if suite.faults else []
    said += [f"coverage {_per_cent(suite.coverage)}"] if suite.coverage is not None else []
    yield ", ".join(said) + "\n"


def _block(result: PolicyResult, style: Style) -> str:
    console, buffer = console_for(style)
    counts = f"{many(len(result.results), 'case')}, {result.failed} failed" if result.results else "no cases"
    console.print(_bold(f"{printable(result.policy)}  {counts}"), soft_wrap=True)
    if result.fault:
        console.print(printable_lines(result.fault), soft_wrap=True)
    for told in result.notices:
        console.print(f"  notice: {printable(told.to_text())}", soft_wrap=True)
    for each in result.results:
        if not each.outcome.passed:
            console.print(_red(f"  failed: {printable(each.case.name)}"), soft_wrap=True)
            for line in _lines(each):
                console.print(f"    {printable(line)}", soft_wrap=True)
            if each.case.findings is not None and each.outcome.report is not None:
                console.print(_side_by_side(each))
    if result.coverage is not None and result.coverage.rules:
        console.print(_coverage(result.coverage))
        for rule in result.coverage.rules:
            for limit in rule.unnoticed:
                line = f"  no case notices in `{printable(rule.rule)}`: {printable(limit)}"
                console.print(line, soft_wrap=True)
    return buffer.getvalue() + "\n"


def _lines(result: CaseResult) -> Iterator[str]:
    """Return the differences that no table shows."""
    tabled = result.case.findings is not None and result.outcome.report is not None
    for difference in result.outcome.differences:
        if not tabled or difference in result.outcome.other_differences:
            yield from difference.splitlines()


def _side_by_side(result: CaseResult) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    report = result.outcome.report
    assert report is not None
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("expected", overflow="fold")
    table.add_column("found", overflow="fold")
    found = [comparable(finding) for finding in report.findings]
    for wanted, actual in paired(result.case.findings or (), found):
        keys = [*dict.fromkeys((*_SHOWN, *(wanted or ())))]
        agree = wanted is not None and actual is not None and all(wanted[k] == actual[k] for k in wanted)
        colour = "" if agree else "red"
        table.add_row(Text(_cell(wanted, keys), style=colour), Text(_cell(actual, keys), style=colour))
    if not table.row_count:
        table.add_row("nothing", "nothing")
    padded: Any = Padding(table, (0, 0, 0, 4))
    return padded  # type: ignore[no-any-return]


def _cell(finding: Mapping[str, Any] | None, keys: list[str]) -> str:
    if finding is None:
        return "nothing"
    shown = [f"{key} = {finding[key]}" for key in keys if key in finding and key not in _SHOWN]
    head = " ".join(str(finding[key]) for key in _SHOWN if key in finding)
    return printable(", ".join([head, *shown]))


def _coverage(coverage: Coverage) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("rule", overflow="fold")
    for aspect in ASPECTS:
        table.add_column(aspect)
    words = {True: Text("yes", style="green"), False: Text("no", style="red"), None: Text("-")}
    for rule in coverage.rules:
        table.add_row(Text(printable(rule.rule)), *(words[rule.shown.get(aspect)] for aspect in ASPECTS))
    return table


def _per_cent(value: float) -> str:
    return f"{int(value * 10) / 10:g}%"


def _bold(text: str) -> Any:
    from rich.text import Text

    return Text(text, style="bold")


def _red(text: str) -> Any:
    from rich.text import Text

    return Text(text, style="red")
