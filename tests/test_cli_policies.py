"""The commands about policies: `test`, `policies`, `show` and `copy`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from comity import Engine
from comity.cli.main import cli, guarded

SHIPPED = Path(__file__).parent.parent / "policies"
POLICY = """comity = 1
[policy]
id = "waits"
title = "Waiting"
version = "1.0"
timezone = "America/New_York"
[events.test]
preceded-by = { event = { kind = "visit" }, in-last = "1h" }
[rules.wait]
kind = "minimum-gap"
contact = { kind = "call" }
gap = "7d"
exempt = "test"
effective = { from = 2025-01-02 }
[rules.answer]
kind = "response-window"
after = { kind = "question", direction = "inbound" }
expect = { kind = "answer" }
within = "1 business day"
"""
KEPT = """comity-cases = 1
person = "ann"
[[case]]
name = "seven days are enough"
events = [
    { at = "2025-01-03T10:00:00Z", kind = "call" },
    { at = "2025-01-10T10:00:00Z", kind = "call" },
]
findings = []
"""
BROKEN = """
[[case]]
name = "a second less is not"
events = [
    { at = "2025-01-03T10:00:00Z", kind = "call" },
    { at = "2025-01-10T09:59:59Z", kind = "call" },
]
findings = [{ rule = "wait", event = "#2", evidence = ["#1"] }]
"""


class Result(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("waits.toml").write_text(POLICY)
    Path("waits.cases.toml").write_text(KEPT)
    return tmp_path


Run = Callable[..., Result]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def run_it(*arguments: str) -> Result:
        status = guarded(partial(cli.main, args=list(arguments), prog_name="comity", standalone_mode=False))
        captured = capfd.readouterr()
        return Result(status, captured.out, captured.err)

    return run_it


def coverage(run: Run) -> dict[str, dict[str, object]]:
    told = json.loads(run("test", "waits.toml", "--format", "json").out)
    found: dict[str, dict[str, object]] = told["policies"][0]["coverage"]["rules"]
    return found


# --- test ----------------------------------------------------------------------------------------------


def test_cases_that_pass(run: Run) -> None:
    done = run("test")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("waits  1 case, 0 failed\n")
    assert done.out.endswith("1 case, 0 failed, coverage 11.1%\n")


def test_failures_show_expected_beside_found_and_the_others_go_on(run: Run) -> None:
    wrong = BROKEN.replace('evidence = ["#1"]', 'evidence = ["#7"]').replace("a second less", "wrong")
    Path("waits.cases.toml").write_text(
        KEPT.replace("findings = []", "findings = [{ rule = 'wait', event = '#1' }]") + wrong
    )
    shutil.copy(SHIPPED / "lab-technician-interview.toml", "lab.toml")
    done = run("test", "waits.toml", "lab-technician-interview")
    assert done.status == 1
    assert "  failed: seven days are enough\n" in done.out
    assert "  failed: wrong is not\n" in done.out
    shown = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "wait #1 violation nothing" in shown
    assert "wait #2 violation, evidence = ['#7'] wait #2 violation, evidence = ['#1']" in shown
    assert "lab-technician-interview  10 cases, 0 failed" in done.out
    assert "12 cases, 2 failed" in done.out


def test_a_file_with_faults_leaves_the_others_as_they_are(run: Run) -> None:
    Path("bad.toml").write_text(POLICY.replace("gap =", "gaap ="))
    Path("bad.cases.toml").write_text(KEPT)
    Path("worse.cases.toml").write_text(KEPT.replace("findings", "findngs"))
    done = run("test")
    assert done.status == 2
    assert "did you mean `gap`?" in done.out
    assert "did you mean `findings`?" in done.out
    assert "waits  1 case, 0 failed" in done.out
    assert "2 files with faults" in done.out


def test_hidden_and_installed_folders_are_left_alone(run: Run) -> None:
    for folder in (".venv/lib/site-packages/x", "env/site-packages/x", ".git"):
        Path(folder).mkdir(parents=True)
        shutil.copy("waits.toml", folder)
        shutil.copy("waits.cases.toml", folder)
    Path("more/inner").mkdir(parents=True)
    shutil.copy("waits.toml", "more/inner/other.toml")
    done = run("test")
    assert done.out.count("waits  ") == 2
    assert "1 case, 0 failed" in done.out
    assert "waits  no cases" in done.out


def test_coverage_is_found_by_moving_limits(run: Run) -> None:
    wait = coverage(run)["wait"]
    assert wait["kept"] is True
    assert (wait["broken"], wait["limit"], wait["exempted"], wait["effective"]) == (False,) * 4
    assert "gap" not in str(wait["unnoticed"])
    assert "within 7d: a step more" not in str(wait["unnoticed"])
    assert "within 7d: a step less" in str(wait["unnoticed"])
    Path("waits.cases.toml").write_text(KEPT + BROKEN)
    assert "within 7d" not in str(coverage(run)["wait"])


EXEMPT = """
[[case]]
name = "an hour after a visit it is no matter, from that hour on it is"
events = [
    { at = "2025-01-03T10:00:00Z", kind = "call" },
    { at = "2025-01-04T10:00:00Z", kind = "visit" },
    { at = "2025-01-04T10:59:59.999999Z", kind = "call" },
    { at = "2025-01-04T11:00:00Z", kind = "call" },
]
findings = [{ rule = "wait", event = "#4" }]
"""
DATES = """
[[case]]
name = "the year before, nobody counts"
events = [
    { at = "2025-01-01T10:00:00Z", kind = "call" },
    { at = "2025-01-02T04:59:59Z", kind = "call" },
    { at = "2025-01-02T05:00:00Z", kind = "call" },
    { at = "2025-01-03T05:00:00Z", kind = "call" },
]
findings = [{ rule = "wait", event = "#3" }, { rule = "wait", event = "#4" }]
"""
ANSWERS = """
[[case]]
name = "an answer on the next business day is in time, one after it is not"
as-of = "2025-01-20T00:00:00Z"
events = [
    { at = "2025-01-03T15:00:00Z", kind = "question", direction = "inbound" },
    { at = "2025-01-07T04:59:59Z", kind = "answer" },
    { at = "2025-01-10T15:00:00Z", kind = "question", direction = "inbound" },
    { at = "2025-01-14T05:00:00Z", kind = "answer" },
]
findings = [{ rule = "answer", event = "#3" }]
[[case]]
name = "there is time left"
events = [{ at = "2025-01-03T15:00:00Z", kind = "question", direction = "inbound" }]
findings = [{ rule = "answer", event = "#1", status = "pending" }]
"""


def test_full_coverage(run: Run) -> None:
    whole = KEPT + BROKEN + EXEMPT + DATES + ANSWERS
    Path("waits.cases.toml").write_text(whole)
    done = run("test", "waits.toml", "--min-coverage", "100")
    assert done.status == 0, done.out
    for part in (BROKEN, EXEMPT, DATES, ANSWERS):
        Path("waits.cases.toml").write_text(whole.replace(part, ""))
        done = run("test", "waits.toml", "--min-coverage", "100")
        assert done.status == 1, part
        assert "less than 100%" in done.err


def test_what_is_forbidden_is_kept_where_another_event_is_let_be(run: Run) -> None:
    rule = '[rules.never]\nkind = "forbidden"\ncontact = { kind = "fax" }\n'
    Path("waits.toml").write_text(POLICY[: POLICY.index("[events.test]")] + rule)
    fax = '{ at = "2025-01-03T10:00:00Z", kind = "fax" }'
    case = 'comity-cases = 1\nperson = "ann"\n[[case]]\nname = "a fax"\nevents = [%s]\nfindings = %s\n'
    Path("waits.cases.toml").write_text(case % (fax, '[{ rule = "never" }]'))
    assert coverage(run)["never"] == {"kept": False, "broken": True}
    Path("waits.cases.toml").write_text(
        case % (f"{fax}, {fax.replace('fax', 'call')}", '[{ rule = "never" }]')
    )
    assert run("test", "waits.toml", "--min-coverage", "100").status == 0


EXTENDING = 'comity = 1\n[policy]\nid = "own"\ntitle = "O"\nversion = "1"\nextends = ["./waits.toml"]\n'


def test_nothing_to_show_is_no_coverage(run: Run) -> None:
    Path("own.toml").write_text(EXTENDING + "[rules.wait]\nenabled = false\n")
    for percent in ("0", "100"):
        done = run("test", "own.toml", "--min-coverage", percent)
        assert done.status == 1
        assert "no rule has anything to cover" in done.err
    assert run("test", "own.toml").status == 0
    assert json.loads(run("test", "own.toml", "--format", "json").out)["coverage"] is None


def test_rules_that_a_selector_changes_are_to_be_shown(run: Run) -> None:
    Path("own.toml").write_text(EXTENDING + '[events.test]\nkind = "talk"\n')
    (own,) = json.loads(run("test", "own.toml", "--format", "json").out)["policies"]
    assert "wait" in own["coverage"]["rules"]
    assert own["coverage"]["shown"] < own["coverage"]["total"]
    Path("own.toml").write_text(EXTENDING + '[events.unused]\nkind = "talk"\n')
    (own,) = json.loads(run("test", "own.toml", "--format", "json").out)["policies"]
    assert own["coverage"]["rules"] == {}


def test_a_zone_that_is_kept_is_told_by_every_command(run: Run) -> None:
    Path("own.toml").write_text(
        EXTENDING + 'timezone = "Asia/Tokyo"\n[rules.wait]\ngap = "3 calendar days"\n'
    )
    Path("log.csv").write_text("person,at,kind\nann,2025-03-03T12:00:00Z,follow-up\n")
    log = ("log.csv", "--policy", "own.toml")
    said = "`own` is in `Asia/Tokyo` and changes `gap` of the rule `wait`"
    assert said in run("test", "own.toml").out
    (told,) = json.loads(run("test", "own.toml", "--format", "json").out)["policies"][0]["notices"]
    assert (told["code"], told["rule"]) == ("zone-kept", "own/wait")
    assert said in run("show", "own.toml").err
    assert said in run("audit", *log).out
    notices = json.loads(run("audit", *log, "--format", "json").out)["summary"]["notices"]
    assert "zone-kept" in [notice["code"] for notice in notices]
    assert said in run("check", *log, "--propose", "person=ann,kind=follow-up").out


def test_words_that_are_kept_are_told_by_every_command(run: Run) -> None:
    worded = Path("waits.toml").read_text().replace("[rules.wait]", '[rules.wait]\nbecause = "Three days."')
    Path("waits.toml").write_text(worded)
    Path("own.toml").write_text(EXTENDING + '[rules.wait]\ngap = "5d"\n')
    Path("log.csv").write_text("person,at,kind\nann,2025-03-03T12:00:00Z,follow-up\n")
    log = ("log.csv", "--policy", "own.toml")
    said = "the rule `wait` of `own` has another `gap` than the policy that it is inherited from"
    assert said in run("test", "own.toml").out
    (told,) = json.loads(run("test", "own.toml", "--format", "json").out)["policies"][0]["notices"]
    assert (told["code"], told["rule"]) == ("words-kept", "own/wait")
    assert said in run("show", "own.toml").err
    assert said in run("audit", *log).out
    assert said in run("check", *log, "--propose", "person=ann,kind=follow-up").out


def test_cases_that_fail_show_nothing(run: Run) -> None:
    Path("waits.cases.toml").write_text(KEPT + BROKEN.replace("#1", "#9"))
    assert coverage(run)["wait"]["broken"] is False


def test_cases_that_do_not_say_what_is_found_show_nothing(run: Run) -> None:
    Path("waits.cases.toml").write_text(
        KEPT.replace("findings = []", "by_rule = { answer = { judged = 0 } }")
    )
    assert coverage(run)["wait"] == {
        "kept": False,
        "broken": False,
        "limit": False,
        "exempted": False,
        "effective": False,
        "unnoticed": coverage(run)["wait"]["unnoticed"],
    }


def test_a_policy_without_cases_has_all_to_show(run: Run) -> None:
    Path("waits.cases.toml").unlink()
    done = run("test")
    assert done.status == 0
    assert "waits  no cases" in done.out
    assert "coverage 0%" in done.out


def test_of_an_extending_policy_only_its_own_rules_count(run: Run) -> None:
    Path("more.toml").write_text(
        'comity = 1\n[policy]\nid = "more"\ntitle = "M"\nversion = "1"\nextends = ["./waits.toml"]\n'
        '[rules.wait]\nbecause = "so"\n[rules.answer]\nwithin = "2 business days"\n'
    )
    told = json.loads(run("test", "more.toml", "--format", "json").out)
    assert list(told["policies"][0]["coverage"]["rules"]) == ["answer"]


def test_junit(run: Run) -> None:
    Path("waits.cases.toml").write_text(
        KEPT + BROKEN.replace("#1", "#9").replace("a second", "\\u0001 & <b>")
    )
    assert run("test", "--format", "junit", "--output", "results.xml").status == 1
    root = ET.parse("results.xml").getroot()
    assert root.attrib == {"tests": "2", "failures": "1", "errors": "0"}
    suite = root.find("testsuite")
    assert suite is not None
    assert suite.get("name") == "waits"
    names = [case.get("name") for case in suite.iter("testcase")]
    assert names == ["seven days are enough", "\\x01 & <b> less is not"]
    (failure,) = suite.iter("failure")
    assert "evidence" in (failure.text or "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "`nowhere` is not a folder, a file or the id of a policy"),
        (("interview-folow-up",), "did you mean `interview-follow-up`?"),
        (("empty",), "there are no policies and no cases"),
        (("--min-coverage", "101"), "`101` is not a percentage: write 0 to 100"),
        (("--min-coverage", "nan"), "`nan` is not a percentage"),
        (("--min-coverage=-0.5",), "`-0.5` is not a percentage"),
        (("--min-coverage", "inf"), "`inf` is not a percentage"),
        (("--policy-path", "nowhere"), "--policy-path `nowhere` is not a folder"),
    ],
)
def test_arguments_at_fault(run: Run, arguments: tuple[str, ...], said: str) -> None:
    Path("empty").mkdir()
    done = run("test", *arguments)
    assert done.status == 2
    assert said in done.err


# --- policies, show, copy --------------------------------------------------------------------------------


def test_what_is_due_is_listed_with_its_dates(run: Run) -> None:
    Path("own").mkdir()
    head = POLICY.replace('version = "1.0"', 'version = "1.0"\nchecked = 2025-06-01')
    rule = 'gap = "7d"\nchecked = 2025-01-10\nreview-by = 2025-09-01'
    own = head.replace('gap = "7d"', rule).replace("2025-01-02 }", "2025-01-02, through = 2025-08-31 }")
    Path("own/waits.toml").write_text(head.replace('gap = "7d"', rule))
    Path("own/past.toml").write_text(own.replace('"waits"', '"past"'))
    Path("own/silent.toml").write_text(POLICY.replace('"waits"', '"silent"'))

    def due(day: str) -> list[tuple[str, str | None, str]]:
        told = json.loads(run("policies", "--policy-path", "own", "--stale", "--as-of", day, "--json").out)
        assert "silent" in told["never_checked"]
        return [(each["policy"], each["rule"], each["due"]) for each in told["due"]]

    assert due("2025-08-31") == []
    assert due("2025-09-01") == [("waits", "wait", "2025-09-01")]
    assert [each for each in due("2026-06-01") if each[0] == "past"] == [("past", None, "2026-06-01")]
    lines = run("policies", "--policy-path", "own", "--stale", "--as-of", "2025-09-01").out.splitlines()
    assert lines[0].split() == ["POLICY", "RULE", "CHECKED", "DUE"]
    assert lines[1].split() == ["waits", "wait", "2025-01-10", "2025-09-01"]
    assert "without `checked` or `review-by`: silent" in lines[-1]
    done = run("policies", "--policy-path", "own", "--stale", "--as-of", "2025-08-31")
    assert done.out.startswith("nothing is due on 2025-08-31\n")
    assert run("policies", "--stale", "--as-of", "soon").status == 2
    assert run("policies", "--as-of", "2025-09-01").status == 2


def test_policies_are_listed_with_where_they_are(run: Run) -> None:
    Path("own").mkdir()
    Path("own/waits.toml").write_text(POLICY)
    shutil.copy(SHIPPED / "interview-follow-up.toml", "own")
    Path("own/broken.toml").write_text("[")
    done = run("policies", "--policy-path", "own", "--json")
    found = [(p["id"], p["origin"], p["hidden"]) for p in json.loads(done.out)["policies"]]
    assert found[:2] == [("interview-follow-up", "own", False), ("waits", "own", False)]
    assert ("interview-follow-up", "shipped", True) in found
    lines = run("policies", "--industry", "recruiting").out.splitlines()
    assert lines[0].split() == ["ID", "VERSION", "INDUSTRY", "FROM", "TITLE"]
    assert any(line.startswith("interview-follow-up ") for line in lines)
    assert all(" recruiting " in line for line in lines[1:])
    assert run("policies", "--industry", "none").out == "no policies are found\n"


def test_a_policy_is_shown_with_what_it_inherits_and_from_where(run: Run) -> None:
    done = run("show", "lab-technician-interview")
    assert done.status == 0
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert any(line.startswith("limit = 2 # interview-follow-up.toml:") for line in lines)
    assert any(line.startswith("max-words = 120 # lab-technician-interview.toml:") for line in lines)
    Path("shown.toml").write_text(done.out)
    shown, real = Engine.of(Path("shown.toml")), Engine.of("lab-technician-interview")
    assert shown.plan == real.plan


def test_settings_that_go_with_inherited_rules_are_shown(run: Run) -> None:
    Path("more.toml").write_text(
        'comity = 1\n[policy]\nid = "more"\ntitle = "M"\nversion = "1"\nextends = ["./waits.toml"]\n'
        'timezone = "Europe/Paris"\n[rules.other]\nkind = "forbidden"\ncontact = { kind = "sms" }\n'
    )
    shown = run("show", "more.toml").out
    assert '[rules.wait]\n# with timezone = "America/New_York", of waits.toml\n' in shown
    assert "[rules.other]\nkind" in shown


def test_a_copy_has_its_cases_and_may_have_a_name_of_its_own(run: Run) -> None:
    done = run("copy", "interview-follow-up", "--as", "ours")
    assert (done.status, done.err) == (0, "")
    assert 'id = "ours"' in Path("ours.toml").read_text()
    assert run("test", "ours.toml", "--min-coverage", "100").status == 0
    again = run("copy", "interview-follow-up", "--as", "ours")
    assert (again.status, again.err) == (
        2,
        "comity: `ours.toml` exists already: give another id with --as, or a folder with --into\n",
    )
    Path("into").mkdir()
    assert run("copy", "waits.toml", "--into", "into").status == 0
    assert Path("into/waits.cases.toml").read_text() == KEPT


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "nowhere.toml"), "there is no file `nowhere.toml`"),
        (("show", "interview-folow-up"), "did you mean `interview-follow-up`?"),
        (("show", "us-regulation-f-times"), "comity-collections"),
        (("copy", "interview-follow-up", "--as", "Our Own"), "--as `Our Own` is not an id"),
        (("copy", "interview-follow-up", "--into", "nowhere"), "--into `nowhere` is not a folder"),
    ],
)
def test_what_is_not_there(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments, "--no-plugins")
    assert done.status == 2
    assert said in done.err
    assert files() == ["waits.cases.toml", "waits.toml"]


def files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_a_new_policy_like_another_keeps_sources_and_dates(run: Run) -> None:
    done = run("new", "policy", "our-calls", "--like", "us-telemarketing")
    assert (done.status, done.err) == (0, "")
    shipped, made = (SHIPPED / "us-telemarketing.toml").read_text(), Path("our-calls.toml").read_text()
    assert made == shipped.replace('id = "us-telemarketing"', 'id = "our-calls"')
    assert "checked = " in made
    assert "seen = " in made
    assert run("test", "our-calls.toml", "--min-coverage", "100").status == 0
    assert (
        "exists already: give another id with ID"
        in run("new", "policy", "our-calls", "--like", "waits.toml").err
    )
    assert "ID `Our Calls` is not an id" in run("new", "policy", "Our Calls", "--like", "waits.toml").err
    assert run("new", "policy", "other").status == 2
