"""Case files: what is read, what is refused and where, and how differences are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from comity import PolicyError
from comity.testing import Case, CaseFile, case_files, load_cases, run_case

POLICY = """\
comity = 1
policy = { id = "p", title = "p", version = "1", timezone = "UTC" }
rules.gap = { kind = "minimum-gap", contact = {}, gap = "7d" }
"""
HEAD = f"comity-cases = 1\nperson = 'ann'\ndocument = '''\n{POLICY}'''\n"
GAP = """\
[[case]]
name = "too early"
events = [{ at = "2025-01-01T00:00:00Z" }, { at = 2025-01-02T02:00:00+02:00 }]
"""
Load = Callable[[str], CaseFile]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Return what writes a case file and loads it."""

    def loading(text: str) -> CaseFile:
        path = tmp_path / "p.cases.toml"
        path.write_text(text, encoding="utf-8")
        return load_cases(path)

    return loading


def differences(load: Load, text: str) -> list[str]:
    file = load(HEAD + text)
    return run_case(file, file.case[0])


def faults(load: Load, text: str) -> list[tuple[str, int, int, str]]:
    with pytest.raises(PolicyError) as caught:
        load(text)
    return [(p.code, p.place.line, p.place.column, p.message) for p in caught.value.problems]


def test_what_is_given_is_compared(load: Load) -> None:
    wanted = '{ rule = "gap", event = "#2", evidence = ["#1"], at = 2025-01-02T00:00:00Z, due = "never" }'
    assert not differences(load, GAP + f"findings = [{wanted}]\nby_rule = {{ gap = {{ judged = 2 }} }}")


def test_a_finding_that_is_unlike_is_told_by_what_differs(load: Load) -> None:
    wanted = '{ rule = "gap", event = "#2", allowed_from = "never" }'
    assert differences(load, GAP + f"findings = [{wanted}]") == [
        "gap at #2: allowed_from is '2025-01-08T00:00:00Z', expected 'never'"
    ]


def test_a_finding_that_is_not_there_and_one_too_many_are_told(load: Load) -> None:
    missing, extra = differences(load, GAP + 'findings = [{ rule = "gap", event = "#1" }]')
    assert missing == "not found: status = 'violation', rule = 'gap', event = '#1'"
    assert extra.startswith("not expected: rule = 'gap', event = '#2', status = 'violation'")


def test_one_finding_has_one_partner(load: Load) -> None:
    twice = '{ rule = "gap" }, { rule = "gap" }'
    assert differences(load, GAP + f"findings = [{twice}]") == [
        "not found: status = 'violation', rule = 'gap'"
    ]


def test_what_says_more_finds_its_partner_first(load: Load) -> None:
    events = ", ".join(f'{{ at = "2025-01-0{day}T00:00:00Z" }}' for day in (1, 2, 3))
    case = f'[[case]]\nname = "n"\nevents = [{events}]\n'
    assert not differences(load, case + 'findings = [{ rule = "gap" }, { rule = "gap", event = "#2" }]')


def test_absent_values_of_a_scope_are_left_out(load: Load) -> None:
    document = POLICY.replace("contact = {}", 'contact = {}, per = ["person", "matter"]')
    file = load(
        f"comity-cases = 1\nperson = 'ann'\ndocument = '''\n{document}'''\n"
        + GAP
        + 'findings = [{ scope = { person = "ann" } }]'
    )
    assert not run_case(file, file.case[0])


@pytest.mark.parametrize(
    ("expected", "difference"),
    [
        ("by_rule = { gap = { judged = 3 } }", "gap: judged is 2, expected 3"),
        ("by_rule = { gap = { lacking = { matter = 1 } } }", "gap: lacking is {}, expected {'matter': 1}"),
        ("by_rule = { pag = { judged = 2 } }", "no rule is called `pag`"),
        ("unreadable = { score = 1 }", "unreadable: {}, expected {'score': 1}"),
        (
            'propose = { at = "2025-01-03T00:00:00Z" }\ndecision = { outcome = "allow" }',
            "outcome is deny, expected allow",
        ),
        (
            'propose = { at = "2025-01-03T00:00:00Z" }\ndecision = { next_allowed = "never" }',
            "next_allowed is 2025-01-09T00:00:00Z, expected never",
        ),
    ],
)
def test_counts_and_decisions_are_compared(load: Load, expected: str, difference: str) -> None:
    assert differences(load, GAP + expected) == [difference]


def test_faults_of_a_policy_are_compared_with_those_expected(load: Load) -> None:
    case = f"[[case]]\nname = 'n'\ndocument = '''\n{POLICY.replace(', gap', ', gpa')}'''\n"
    exact = 'code = "unknown-key", line = 3, column = 51, message = "`gpa`", help = "`gap`"'
    assert not differences(load, case + f'errors = [{{ {exact} }}, {{ code = "missing-key" }}]')
    found = differences(load, case + 'errors = [{ code = "unknown-key", line = 2 }]')
    assert found[0] == "not raised: code = 'unknown-key', line = 2"
    assert [line.split(":")[:2] for line in found[1:]] == [
        ["not expected", " missing-key"],
        ["not expected", " unknown-key"],
    ]
    assert differences(load, case + "findings = []")[0].startswith("the policy has faults:\n")


HEADER = """\
comity-cases = 1
person = 'ann'
header = '''
comity = 1
policy.id = "p"
policy.title = "p"
policy.version = "1"'''
"""
SEVEN, TEN = (f"rules.gap = {{ kind = 'minimum-gap', contact = {{}}, gap = '{n}d' }}" for n in (7, 10))


def test_a_header_begins_the_document_of_the_file_and_of_each_case(load: Load) -> None:
    found = 'findings = [{ rule = "gap", allowed_from = "2025-01-0%s" }]\n'
    other = GAP.replace("too early", "other").replace("01-02T02", "01-09T02")
    file = load(
        HEADER
        + f'document = """{SEVEN}"""\n{GAP}{found % "8T00:00:00Z"}'
        + f'{other}document = """{TEN}"""\n'
        + 'findings = [{ rule = "gap", allowed_from = "2025-01-11T00:00:00Z" }]\n'
    )
    assert [run_case(file, case) for case in file.case] == [[], []]


def test_a_header_of_the_case_replaces_that_of_the_file(load: Load) -> None:
    whole = f"document = '''\n{POLICY}'''\nfindings = [{{ rule = 'gap' }}]\n"
    used = f'document = """{SEVEN}"""\nfindings = [{{ rule = "gap" }}]\n'
    other = GAP.replace("too early", "other")
    assert run_case(file := load(HEADER + GAP + used + other + whole), file.case[1])[0].startswith(
        "the policy has faults:\n"
    )
    file = load(HEADER + GAP + used + other + "header = ''\n" + whole)
    assert [run_case(file, case) for case in file.case] == [[], []]


def test_lines_of_expected_faults_are_counted_from_the_header_on(load: Load) -> None:
    case = f'[[case]]\nname = "n"\ndocument = """\n{SEVEN.replace("gap =", "gpa =")}"""\n'
    file = load(
        HEADER + case + 'errors = [{ code = "unknown-key", line = 5 }, { code = "missing-key", line = 5 }]'
    )
    assert not run_case(file, file.case[0])


def test_a_policy_beside_the_file_has_no_header(load: Load, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(POLICY)
    beside = GAP + "findings = [{ rule = 'gap' }]\n"
    used = GAP.replace("too early", "other") + f'document = """{SEVEN}"""\nfindings = [{{ rule = "gap" }}]\n'
    file = load(HEADER + beside + used)
    assert [run_case(file, case) for case in file.case] == [[], []]


def test_a_policy_without_the_expected_fault_is_told(load: Load) -> None:
    case = "[[case]]\nname = 'n'\nerrors = [{ code = 'syntax' }]"
    assert differences(load, case) == ["the policy has no fault, expected 1"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("case = []\n", ("missing-key", 1, 1, "`comity-cases` is missing")),
        ("comity-cases = 1\n", ("missing-key", 1, 1, "`case` is missing")),
        ("comity-cases = 2\ncase = []\n", ("bad-value", 1, 16, "case format `2` is not known")),
        ("comity-cases = 1\npath = 'x'\ncase = []\n", ("unknown-key", 2, 1, "unknown key `path`")),
        (HEAD + GAP, ("missing-key", 8, 1, "the case `too early` expects nothing")),
        (HEAD + GAP + "finding = []", ("unknown-key", 11, 1, "unknown key `finding`")),
        (HEAD + GAP + "findings = [{ rul = 'gap' }]", ("unknown-key", 11, 15, "unknown key `rul`")),
        (
            HEAD + GAP + "findings = []\nas-of = '2025-01-01'",
            ("bad-value", 12, 9, "`2025-01-01` has no offset: add `Z` or one such as `+02:00`"),
        ),
        (
            HEAD + GAP + "findings = []\nsince = 2025-01-01",
            ("wrong-type", 12, 9, "`2025-01-01` is not an instant such as 2025-03-01T09:30:00Z"),
        ),
        (
            HEAD + GAP + "findings = [{ due = 'soon' }]",
            (
                "bad-value",
                11,
                21,
                "`soon` is not a date and time such as `2025-03-01T09:30:00Z` or `2025-03-01 09:30`",
            ),
        ),
        (
            "comity-cases = 1\nheader = 'h'\n" + GAP + "findings = []\nperson = 'ann'",
            ("bad-value", 2, 10, "no case uses the `header`"),
        ),
        (
            "comity-cases = 1\n" + GAP + "findings = []\nperson = 'ann'\nheader = ''",
            ("missing-key", 2, 1, "the case `too early` has a `header` without a `document`"),
        ),
        (
            HEAD + GAP + "findings = []\npolicy = 'q'\nheader = ''",
            ("missing-key", 8, 1, "the case `too early` has a `header` without a `document`"),
        ),
        ("comity-cases = 1\nheader = 1\ncase = []", ("wrong-type", 2, 10, "`1` is not text")),
        (HEAD + GAP + "decision = {}", ("missing-key", 8, 1, "`propose` and `decision` go together")),
        (
            HEAD + GAP + "findings = []\npolicy = 'q'\ndocument = 'd'",
            ("bad-value", 8, 1, "`document` and `policy` exclude each other"),
        ),
        (
            HEAD + "[[case]]\nname = 'n'\nfindings = []\nevents = [{ kind = 'x' }]",
            ("bad-value", 11, 11, "the event has no `at`"),
        ),
        (
            "comity-cases = 1\n[[case]]\nname = 'n'\nfindings = []\nevents = [{ at = 2025-01-01T00:00:00Z }]",
            ("bad-value", 5, 11, "the event has no `person`, and neither the case nor the file names one"),
        ),
    ],
)
def test_a_fault_of_a_case_file_has_its_place(
    load: Load, text: str, fault: tuple[str, int, int, str]
) -> None:
    assert faults(load, text) == [fault]


def test_words_for_directions_and_lists_of_matters_are_read(load: Load) -> None:
    event = '{ at = "2025-01-01T00:00:00Z", direction = "received", matter = ["a", "b"], score = 3 }'
    file = load(HEAD + f"[[case]]\nname = 'n'\nfindings = []\nevents = [{event}]")
    (made,) = file.events(file.case[0])
    assert (made.person, made.direction, made.matter, made.label) == ("ann", "inbound", ("a", "b"), "#1")
    assert made.attributes == {"score": 3}


def test_the_person_of_a_case_goes_before_that_of_the_file(load: Load) -> None:
    file = load(HEAD + GAP + "findings = []\nperson = 'bob'")
    assert {event.person for event in file.events(file.case[0])} == {"bob"}


def test_the_policy_is_the_one_beside_the_file(load: Load, tmp_path: Path) -> None:
    text = f"comity-cases = 1\nperson = 'ann'\n{GAP}findings = [{{ rule = 'gap' }}]\n"
    file = load(text)
    assert run_case(file, file.case[0])[0].startswith("the policy cannot be loaded: ")
    (tmp_path / "p.toml").write_text(POLICY)
    assert not run_case(file, file.case[0])


@pytest.mark.parametrize("name", ["p", "other/p.toml"])
def test_a_policy_is_named_by_id_or_path(load: Load, tmp_path: Path, name: str) -> None:
    folder = tmp_path / Path(name).parent
    folder.mkdir(exist_ok=True)
    (folder / "p.toml").write_text(POLICY)
    file = load(f"comity-cases = 1\nperson = 'ann'\npolicy = '{name}'\n{GAP}findings = [{{ rule = 'gap' }}]")
    assert not run_case(file, file.case[0])


def test_an_unknown_policy_is_told(load: Load) -> None:
    file = load(f"comity-cases = 1\nperson = 'ann'\npolicy = 'nowhere'\n{GAP}findings = []")
    assert run_case(file, file.case[0])[0].startswith(
        "the policy cannot be loaded: no policy has the id `nowhere`"
    )


def test_case_files_are_found_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/x.cases.toml", "a.cases.toml", "a.toml"):
        (tmp_path / name).write_text("")
    assert [path.name for path in case_files(tmp_path)] == ["a.cases.toml", "x.cases.toml"]


def test_another_back_end_may_judge(load: Load) -> None:
    def audit(*args: object, **limits: object) -> object:
        raise NotImplementedError(limits)

    file = load(HEAD + GAP + "findings = []\nas-of = 1970-01-01T00:00:01Z")
    case: Case = file.case[0]
    with pytest.raises(NotImplementedError, match="'as_of': 1000000"):
        run_case(file, case, audit=audit)  # type: ignore[arg-type]
