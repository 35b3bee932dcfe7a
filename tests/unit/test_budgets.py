"""Budgets: what a small policy from a stranger may ask for."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from comity import Engine, Event, PolicyBudgets, PolicyError, UsageError
from comity.budgets import DEFAULT_BUDGETS, Deadline, Late, read_budgets
from comity.policy.compose.search import SearchPath

HEAD = 'comity = 1\n[policy]\nid = "p"\ntitle = "P"\nversion = "1"\n'
RULE = '[rules.r{n}]\nkind = "forbidden"\ncontact = {{ kind = "a" }}\n'
STYLE = '[rules.r]\nkind = "message-style"\ncontact = {{}}\nforbid-phrases = [{0}]\n'
HOURS = """timezone = "UTC"
calendar = "c"
[calendars.c]
dates = [2025-01-01, 2025-01-02, 2025-01-03]
[rules.r]
kind = "contact-hours"
contact = {}
allow = [{ holidays = "exclude" }]
"""


def refused(text: str | Path, budgets: PolicyBudgets = DEFAULT_BUDGETS) -> str:
    with pytest.raises(PolicyError) as error:
        Engine.of(text, budgets=budgets)
    assert {problem.code for problem in error.value.problems} == {"budget"}
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        ("bytes", HEAD + RULE.format(n=1) + "#" * 100, 400),
        ("rules", HEAD + "".join(RULE.format(n=n) for n in range(3)), 3),
        ("selectors", HEAD + RULE.format(n=1) + "[events.a]\nany = [{}, {}]\n", 6),
        ("dates", HEAD + HOURS, 3),
        ("phrases", HEAD + STYLE.format('"a", "b", "c"'), 3),
        ("nesting", HEAD + '[rules.r]\nkind = "forbidden"\ncontact = { not = { not = { not = {} } } }\n', 7),
    ],
)
def test_a_budget_is_named_where_it_is_passed_and_can_be_raised(name: str, text: str, fits: int) -> None:
    assert Engine.of(text, budgets=PolicyBudgets(**{name: fits})).plan.rules
    said = refused(text, PolicyBudgets(**{name: 2}))
    assert f"more than the budget `{name}`, 2" in said
    assert f"--budget {name}=NUMBER" in said


def test_files_that_extend_each_other_are_counted_once(tmp_path: Path) -> None:
    for level in range(15):
        for side in "ab":
            extends = f'extends = ["a{level - 1}.toml", "b{level - 1}.toml"]\n' if level else RULE.format(n=1)
            (tmp_path / f"{side}{level}.toml").write_text(HEAD.replace('"p"', f'"{side}{level}"') + extends)
    assert len(Engine.of(tmp_path / "a14.toml").policies[0].files) == 29
    assert "more than the budget `files`, 28" in refused(tmp_path / "a14.toml", PolicyBudgets(files=28))


def test_time_is_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 10_000, 10))
    monkeypatch.setattr(time, "thread_time", lambda: next(seconds))
    assert "more than the budget `seconds`, 15" in refused(HEAD + RULE.format(n=1), PolicyBudgets(seconds=15))
    with pytest.raises(Late):
        Deadline(-11).check()


@pytest.mark.parametrize("order", [1, -1])
def test_names_that_stand_on_names_do_not_end_the_stack(order: int) -> None:
    names = [f'[events.e{n}]\nnot = "e{n - 1}"\n' if n else '[events.e0]\nkind = "a"\n' for n in range(3000)]
    rule = '[rules.r]\nkind = "forbidden"\ncontact = "e2999"\n'
    assert "the budget `nesting`" in refused(HEAD + "".join(names[::order]) + rule)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000 + "]" * 5000, "a = " + "{ a = " * 900 + "1" + " }" * 900]
)
def test_brackets_in_brackets_do_not_end_the_stack(text: str) -> None:
    assert "the budget `nesting`" in refused(text + "\n")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("9" * 5000, "a whole number has 5,000 digits"),
        ("1" + "0" * 400, "more than 64 bits"),
        ("0x" + "f" * 20, "64 bits"),
    ],
)
def test_a_number_with_more_than_64_bits_has_a_place(number: str, said: str) -> None:
    text = HEAD + f'[rules.r]\nkind = "maximum-contacts"\ncontact = {{}}\nwindow = "ever"\nlimit = {number}\n'
    with pytest.raises(PolicyError, match=said) as error:
        Engine.of(text)
    (problem,) = error.value.problems
    assert (problem.place.line, problem.place.column) == (10, 9)
    assert len(str(problem)) < 1500


def test_shared_parts_of_a_selector_are_gone_through_once() -> None:
    names = [
        f'[events.e{n}]\nany = ["e{n - 1}", {{ not = "e{n - 1}" }}, {{ channel = "c{n}" }}]\n'
        for n in range(1, 55)
    ]
    look = '[events.back]\npreceded-by = { event = "e54", until = "e54" }\n'
    rules = (
        '[rules.r]\nkind = "forbidden"\ncontact = "e54"\n[rules.s]\nkind = "forbidden"\ncontact = "back"\n'
    )
    engine = Engine.of(HEAD + '[events.e0]\nactor = "x"\n' + "".join(names) + look + rules)
    events = [Event("p", at * 10**15, actor="x") for at in (1, 2)]
    for back_end in ("online", "columnar"):
        found = [finding.rule for finding in engine.audit(events, engine=back_end).findings]
        assert found == ["r", "r", "s"]
    assert engine.decide(events, Event("p", 3 * 10**15, actor="x")).outcome == "deny"


def test_a_search_for_policies_passes_over_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "deep.toml").write_text("a = " + "[" * 5000 + "]" * 5000)
    (tmp_path / "good.toml").write_text(HEAD + RULE.format(n=1))
    assert SearchPath((tmp_path,)).ids() == ["p"]
    assert Engine.of("p", policy_path=[tmp_path]).plan.rules


def test_budgets_are_read_from_texts() -> None:
    assert read_budgets({"rules": "5", "seconds": "0.5"}, PolicyBudgets) == PolicyBudgets(
        rules=5, seconds=0.5
    )
    with pytest.raises(UsageError, match="did you mean `rules`"):
        read_budgets({"rule": "5"}, PolicyBudgets)
    with pytest.raises(UsageError, match="it must be a number"):
        read_budgets({"rules": "many"}, PolicyBudgets)
    with pytest.raises(UsageError, match="above zero"):
        read_budgets({"rules": "0"}, PolicyBudgets)
    for text in ("-1", "nan"):
        with pytest.raises(UsageError, match=f"the budget `seconds` is `{text}`: a budget is a number above"):
            read_budgets({"seconds": text}, PolicyBudgets)


def test_thousands_of_faults_are_told_at_once() -> None:
    text = HEAD + "".join(
        f'[rules.r{n}]\nkind = "forbidden"\ncontact = "nam{n}"\n[events.name{n}]\nkind = "a"\n'
        for n in range(1200)
    )
    with pytest.raises(PolicyError) as error:
        Engine.of(text)
    assert len(error.value.problems) == 1200
    assert any("did you mean" in problem.help for problem in error.value.problems)
