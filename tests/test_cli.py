from __future__ import annotations

import csv
import gzip
import io
import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from comity.cli.main import cli, guarded

POLICY = """comity = 1
[policy]
id = "waits"
title = "Waiting"
version = "1.0"
timezone = "America/New_York"
[events.interview]
kind = "interview"
[rules.wait]
kind = "minimum-gap"
contact = { kind = "follow-up" }
since = "interview"
gap = "7d"
[rules.thanks]
kind = "thank-you-window"
after = "interview"
severity = "warning"
"""
LOG = """person,at,kind
ann,2025-01-01T10:00:00Z,interview
ann,2025-01-01T12:00:00Z,thank-you
ann,2025-01-02T10:00:00Z,follow-up
bob,2025-01-02T12:00:00Z,interview
"""


def holds_a_file_without_a_name(process: int) -> bool:
    """Return whether a process has begun to write a file of this folder."""
    here, found = f"{Path.cwd()}/#", False
    for link in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            found = found or str(link.readlink()).startswith(here)
    return found


def files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


class Result(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("waits.toml").write_text(POLICY)
    Path("log.csv").write_text(LOG)
    return tmp_path


@pytest.fixture(params=["online", "columnar"])
def comity(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> object:
    def run(*arguments: str) -> Result:
        if arguments[0] == "audit" and "--engine" not in arguments and "--help" not in arguments:
            arguments += ("--engine", request.param)
        status = guarded(lambda: cli.main(args=list(arguments), prog_name="comity", standalone_mode=False))
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Result(status, out, err)

    return run


def audit(comity: object, *arguments: str, log: str = "log.csv") -> Result:
    assert callable(comity)
    result = comity("audit", log, "--policy", "waits.toml", *arguments)
    assert isinstance(result, Result)
    return result


def test_the_text_report_tells_the_story(comity: object) -> None:
    result = audit(comity)
    assert result.status == 1
    assert "4 events of 2 persons, as of 2025-01-02T12:00:00Z" in result.out
    assert "The follow-up came 1d after `#1`; at least 7d must lie between." in result.out
    assert "\x1b" not in result.out
    assert result.err == ""


def test_json_has_a_summary_and_the_findings(comity: object) -> None:
    result = audit(comity, "--format", "json")
    report = json.loads(result.out)
    assert list(report) == ["comity", "summary", "findings"]
    summary = report["summary"]
    assert (summary["rows_read"], summary["rows_rejected"], summary["rows_skipped"]) == (4, 0, 0)
    assert (summary["events"], summary["persons"], summary["policies"]) == (4, 2, ["waits"])
    assert summary["by_rule"]["waits/wait"] == {"judged": 1, "violation": 1, "pending": 0}
    assert summary["by_rule"]["waits/thanks"] == {"judged": 2, "violation": 0, "pending": 1}
    assert [finding["status"] for finding in report["findings"]] == ["violation", "pending"]


def test_jsonl_is_the_findings_alone(comity: object) -> None:
    lines = audit(comity, "--format", "jsonl").out.splitlines()
    found = [json.loads(line) for line in lines]
    assert [finding["person"] for finding in found] == ["ann", "bob"]
    assert found[1]["due"] == "2025-01-03T12:00:00Z"


def test_csv_runs_in_no_spreadsheet(comity: object) -> None:
    Path("log.csv").write_text(LOG.replace("ann", '"=cmd()"'))
    rows = list(csv.DictReader(io.StringIO(audit(comity, "--format", "csv").out)))
    assert rows[0]["person"] == "'=cmd()"
    assert json.loads(rows[0]["scope"]) == {"person": "=cmd()"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_reports_have_the_columns_that_are_asked_for(comity: object) -> None:
    lines = audit(comity, "--format", "csv", "--columns", "rule, allowed-from,person").out.splitlines()
    assert lines[:2] == ["rule,allowed_from,person", "wait,2025-01-08T10:00:00Z,ann"]
    found = json.loads(audit(comity, "--format", "json", "--columns", "at,event").out)["findings"]
    assert [list(finding) for finding in found] == [["at", "event"]] * 2


@pytest.mark.parametrize(
    ("further", "message"),
    [
        (("--format", "csv", "--columns", "rule,persn"), "no column `persn`: did you mean `person`?"),
        (("--format", "csv", "--columns", "rule,rule"), "--columns: the column `rule` is named twice"),
        (("--format", "csv", "--columns", "rule,"), "--columns: findings have no column ``"),
        (
            ("--columns", "rule"),
            "the format `text` always has its own columns; use one of csv, json, jsonl, parquet",
        ),
    ],
)
def test_columns_that_cannot_be_written_are_refused(
    comity: object, further: tuple[str, ...], message: str
) -> None:
    result = audit(comity, *further)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


@pytest.mark.parametrize(
    ("fail_on", "as_of", "status"),
    [("error", None, 1), ("never", None, 0), ("info", None, 1), ("error", "2025-01-09", 1)],
)
def test_exit_statuses_of_findings(comity: object, fail_on: str, as_of: str | None, status: int) -> None:
    further = ("--as-of", as_of, "--timezone", "UTC") if as_of else ()
    assert audit(comity, "--fail-on", fail_on, *further).status == status


def test_lesser_findings_and_pending_ones_do_not_fail(comity: object) -> None:
    Path("log.csv").write_text("person,at,kind\nann,2025-01-01T10:00:00Z,interview\n")
    assert audit(comity, "--fail-on", "info").status == 0
    late = ("--as-of", "2025-02-01T00:00:00Z")
    assert audit(comity, *late).status == 0
    assert audit(comity, "--fail-on", "warning", *late).status == 1


def test_since_and_until_limit_what_is_judged(comity: object) -> None:
    assert audit(comity, "--since", "2025-01-02T10:00:00Z").status == 1
    assert audit(comity, "--since", "2025-01-02T10:00:00.000001Z").status == 0
    assert audit(comity, "--until", "2025-01-02T10:00:00Z").status == 0


def test_map_and_set(comity: object) -> None:
    Path("log.csv").write_text("who,when\nann,2025-01-01 10:00\nann,2025-01-02 10:00\n")
    result = audit(
        comity, "--map", "person=who", "--map", "at=when", "--set", "kind=follow-up", "--timezone", "UTC"
    )
    assert (result.status, result.err) == (0, "")
    assert "2 events of 1 person" in result.out


def test_a_mapping_file(comity: object) -> None:
    Path("map.toml").write_text(
        'comity = 1\n[fields]\nperson = "who"\nat = { column = "when", format = "unix" }\n'
        'kind = { value = "follow-up" }\n[[only]]\ncolumn = "done"\nvalues = ["yes"]\n'
    )
    Path("log.csv").write_text("who;when;done\nann;1735725600;yes\nann;1735725601;no\n")
    result = audit(comity, "--mapping", "map.toml", "--format", "json")
    summary = json.loads(result.out)["summary"]
    assert (summary["rows_read"], summary["rows_skipped"], summary["events"]) == (2, 1, 1)


def test_several_logs_are_one(comity: object) -> None:
    Path("more.csv").write_text("person,at,kind\nann,2025-01-03T10:00:00Z,follow-up\n")
    assert callable(comity)
    result = comity("audit", "log.csv", "more.csv", "--policy", "waits.toml", "--format", "jsonl")
    events = [json.loads(line)["event"] for line in result.out.splitlines()]
    assert events == ["log.csv#3", "more.csv#1", "log.csv#4"]


def test_a_shuffled_log_is_sorted_with_a_notice(comity: object) -> None:
    ordered = audit(comity, "--format", "jsonl")
    header, *rows = LOG.splitlines()
    Path("log.csv").write_text("\n".join([header, *reversed(rows)]) + "\n")
    result = audit(comity, "--format", "jsonl")
    told = audit(comity, "--format", "jsonl", "--engine", "online")
    assert "not in time order" in told.err
    assert result.out == told.out
    assert len(result.out.splitlines()) == len(ordered.out.splitlines())


def test_the_same_input_gives_the_same_bytes(comity: object) -> None:
    for name in ("text", "json", "jsonl", "csv"):
        assert audit(comity, "--format", name).out == audit(comity, "--format", name).out


def test_rejected_rows_are_told_and_the_rest_is_audited(comity: object) -> None:
    Path("log.csv").write_text(LOG + "cid,2025-01-03T10:00:00,interview\n")
    result = audit(comity)
    assert result.status == 3
    assert "The follow-up came 1d after" in result.out
    assert "log.csv, row 5: `2025-01-03T10:00:00` has no offset" in result.err


def test_rejected_rows_go_to_a_file(comity: object) -> None:
    Path("log.csv").write_text(LOG + "=cid,2025-01-03T10:00:00,interview\n")
    assert audit(comity, "--rejects", "rejected.csv").status == 1
    with Path("rejected.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["row"]) for row in rows] == [("log.csv", "5")]
    assert json.loads(rows[0]["cells"])["person"] == "=cid"


def test_output_files_appear_whole(comity: object) -> None:
    assert audit(comity, "--output", "report.json", "--format", "json").out == ""
    assert json.loads(Path("report.json").read_text())["comity"] == 1
    Path("log.csv").write_text("nothing\n")
    before = Path("report.json").read_text()
    assert audit(comity, "--output", "report.json").status == 3
    assert Path("report.json").read_text() == before
    assert files() == ["log.csv", "report.json", "waits.toml"]


FAULTS: list[tuple[tuple[str, ...], int, str]] = [
    (("--format", "xml"), 2, "--format `xml` is not known"),
    (("--output", "no/such/folder/x"), 2, "cannot be written"),
    (("--output", "."), 2, "is a folder"),
    (("--mapping", "absent.toml"), 2, "absent.toml"),
    (("--input-format", "excel"), 2, "--input-format `excel` is not known"),
    (("--timezone", "Europe/Pariss"), 2, "did you mean `Europe/Paris`?"),
    (("--as-of", "yesterday"), 2, "--as-of"),
    (("--since", "2025-01-01"), 2, "has no offset"),
    (("--map", "person"), 2, "is not FIELD=COLUMN"),
    (("--policy", "waits.toml"), 2, "two policies have the id `waits`"),
    (("--policy", "interview-folow-up"), 2, "no policy has the id `interview-folow-up`"),
    (("--policy", "absent.toml"), 2, "cannot be read"),
    (("--policy", "./"), 2, "is a folder"),
    (("--policy-path", "absent"), 2, "is not a folder"),
    (("--fail-on", "fatal"), 2, "fatal"),
    (("--map", "person=nobody"), 3, "nobody"),
]


@pytest.mark.parametrize(("arguments", "status", "message"), FAULTS, ids=lambda value: str(value))
def test_faults_are_one_message(
    comity: object, arguments: tuple[str, ...], status: int, message: str
) -> None:
    result = audit(comity, *arguments)
    assert result.status == status
    assert message in result.err
    assert result.out == ""


LOGS: list[tuple[str, bytes, int, str]] = [
    ("empty.csv", b"", 3, "no header"),
    ("lacks.csv", b"persn,at\na,2025-01-01\n", 3, "did you mean `persn`?"),
    ("zone.csv", b"person,at\na,2025-01-01T00:00:00\n", 3, "--timezone"),
    ("date.csv", b"person,at\na,2025-02-31T00:00:00Z\n", 3, "2025-02-31"),
    ("ragged.csv", b"person,at\na\n", 3, "has 1 cell, the header has 2"),
    ("nul.csv", b"person,at\na\0b,2025-01-01T00:00:00Z\n", 3, "NUL"),
    ("latin.csv", b"person,at\nJos\xe9,2025-01-01T00:00:00Z\n", 3, "0xe9"),
    ("cut.csv.gz", gzip.compress(LOG.encode())[:-12], 3, "ends too early"),
    ("cut.parquet", b"PAR1nothing", 3, "cut.parquet"),
    ("bad.json", b'[{"person": ', 3, "bad.json"),
    ("bad.jsonl", b'{"person": "a"\n', 3, "row 1"),
    ("what.xyz", b"person,at\n", 2, "what.xyz"),
    ("absent", b"", 3, "absent"),
]


@pytest.mark.parametrize(("name", "content", "status", "message"), LOGS, ids=[log[0] for log in LOGS])
def test_bad_logs_are_one_message(
    comity: object, name: str, content: bytes, status: int, message: str
) -> None:
    if name != "absent":
        Path(name).write_bytes(content)
    result = audit(comity, log=name)
    assert result.status == status
    assert message in result.err


def test_a_header_alone_is_an_empty_log(comity: object) -> None:
    Path("log.csv").write_text("person,at,kind\n")
    result = audit(comity, "--format", "json")
    assert result.status == 3
    summary = json.loads(result.out)["summary"]
    assert summary["as_of"] is None
    assert [notice["code"] for notice in summary["notices"]] == ["no-events"]
    assert audit(comity).out.startswith("Nothing was judged: the log has no events")
    assert audit(comity, "--allow-nothing").status == 0


def test_a_log_of_which_no_rule_judges_anything_is_no_clean_one(comity: object) -> None:
    Path("log.csv").write_text(LOG.replace(",follow-up", ",folow-up").replace(",interview", ",meeting"))
    result = audit(comity)
    assert (result.status, result.err) == (3, "")
    first, *rest = result.out.splitlines()
    assert first == "Nothing was judged: no rule looked at any of the 4 events: --allow-nothing accepts that"
    assert any("did you mean `folow-up`?" in line for line in rest)
    assert audit(comity, "--allow-nothing").status == 0
    listed = audit(comity, "--format", "jsonl")
    assert (listed.status, listed.out) == (3, "")
    assert "comity: nothing was judged: no rule looked at any of the 4 events" in listed.err
    assert "[rule-judged-nothing]" in listed.err
    kept = audit(comity, "--output", "report.txt")
    assert (kept.status, kept.out) == (3, "")
    assert "comity: nothing was judged" in kept.err


def test_what_no_event_passes_is_said_in_the_summary(comity: object) -> None:
    Path("log.csv").write_text(LOG.replace(",follow-up", ",folow-up"))
    result = audit(comity, "--format", "json", "--fail-on", "never")
    assert result.status == 0
    told = {n["rule"]: n for n in json.loads(result.out)["summary"]["notices"] if "rule" in n}
    assert told["waits/wait"]["code"] == "rule-judged-nothing"
    assert told["waits/wait"]["help"] == "did you mean `folow-up`?"
    assert "waits/thanks" not in told


def test_a_folder_is_no_log(comity: object) -> None:
    result = audit(comity, log=".")
    assert (result.status, result.out) == (3, "")


def test_a_line_of_ten_megabytes(comity: object) -> None:
    Path("log.csv").write_text(LOG.replace("follow-up\n", "follow-up" + "x" * 10_000_000 + "\n"))
    assert audit(comity, "--format", "jsonl").status == 0


def test_all_faults_of_a_policy_at_once(comity: object) -> None:
    Path("waits.toml").write_text(POLICY.replace("gap =", "gapp =").replace('severity = "', 'severity = "x'))
    result = audit(comity)
    assert result.status == 2
    assert "waits.toml:13:1: unknown key `gapp`" in result.err
    assert "^^^^" in result.err
    assert "did you mean `gap`?" in result.err
    assert "waits.toml:17:12" in result.err


@pytest.mark.parametrize(
    ("at", "status", "outcome"),
    [("2025-01-08T09:59:59Z", 1, "deny"), ("2025-01-08T10:00:00Z", 0, "allow")],
)
def test_check_decides(comity: object, at: str, status: int, outcome: str) -> None:
    assert callable(comity)
    proposal = f"person=ann,kind=follow-up,channel=email,at={at}"
    result = comity("check", "log.csv", "--policy", "waits.toml", "--propose", proposal, "--format", "json")
    decision = json.loads(result.out)
    assert (result.status, decision["outcome"]) == (status, outcome)
    assert decision["next_allowed"] == "2025-01-08T10:00:00Z"


def test_check_in_words(comity: object) -> None:
    assert callable(comity)
    proposal = "person=ann,kind=follow-up,at=2025-01-05T10:00:00Z"
    result = comity("check", "log.csv", "--policy", "waits.toml", "--propose", proposal)
    assert result.out.splitlines()[0] == "deny"
    assert "allowed from 2025-01-08T10:00:00Z" in result.out


def test_check_tells_what_it_would_break_of_what_is_booked(comity: object) -> None:
    assert callable(comity)
    Path("log.csv").write_text(
        "person,at,kind,id\nann,2025-01-01T10:00:00Z,interview,i\nann,2025-01-20T10:00:00Z,follow-up,booked\n"
    )
    proposal = "person=ann,kind=follow-up,at=2025-01-15T10:00:00Z"
    asked = ("check", "log.csv", "--policy", "booked.toml", "--propose", proposal)
    Path("booked.toml").write_text(
        'comity = 1\n[policy]\nid = "booked"\ntitle = "Booked"\nversion = "1"\n'
        '[rules.week]\nkind = "minimum-gap"\ncontact = { kind = "follow-up" }\ngap = "7d"\n'
    )
    result = comity(*asked)
    assert result.status == 1
    message = "The follow-up came 5d after `the proposed event`; at least 7d must lie between."
    later = "that is `booked` at 2025-01-20T10:00:00Z, which is later, because of the proposed event"
    assert result.out.splitlines() == [
        "deny",
        f"  error    booked/week: {message}",
        f"           {later}",
        "  allowed from 2025-01-27T10:00:00Z",
        "  1 rule looked at the contact",
    ]
    (finding,) = json.loads(comity(*asked, "--format", "json").out)["findings"]
    assert (finding["event"], finding["because_of"]) == ("booked", "the proposed event")


def test_check_says_first_that_no_rule_looked_at_the_contact(comity: object) -> None:
    assert callable(comity)
    proposal = "person=ann,kind=folow-up,at=2025-01-05T10:00:00Z"
    result = comity("check", "log.csv", "--policy", "waits.toml", "--propose", proposal)
    assert result.out.splitlines()[0] == "allow: no rule looked at such a contact"
    asked = ("check", "log.csv", "--policy", "waits.toml", "--propose", proposal, "--format", "json")
    assert json.loads(comity(*asked).out)["judged"] == 0


@pytest.mark.parametrize(
    "proposal", ["person=ann,kind", "kind=call", "person=ann,person=bob", "person=a,at=x"]
)
def test_check_refuses_what_it_cannot_read(comity: object, proposal: str) -> None:
    assert callable(comity)
    assert comity("check", "log.csv", "--policy", "waits.toml", "--propose", proposal).status == 2


def test_check_never_allows_on_a_history_with_holes(comity: object) -> None:
    Path("log.csv").write_text(LOG + "ann,whenever,follow-up\n")
    assert callable(comity)
    assert comity("check", "log.csv", "--policy", "waits.toml", "--propose", "person=ann").status == 3


def process(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "comity", *arguments]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pipesize=4096,
        # A shell that runs the tests in the background makes its children ignore Ctrl-C.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    )


def test_standard_input() -> None:
    with process("audit", "-", "--policy", "waits.toml", "--format", "jsonl") as run:
        out, err = run.communicate(LOG.encode())
    assert (run.returncode, err) == (1, b"")
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("audit - <&-", 3, b"standard input is closed"),
        ("audit log.csv >&-", 1, b""),
        ("audit log.csv --output same.csv --rejects same.csv", 2, b"are the same file"),
        ("audit log.csv > /dev/full", 2, b"no space left on device"),
        ("audit log.csv --output /dev/full/x", 2, b"cannot be written"),
    ],
)
def test_streams_that_cannot_be_used(command: str, status: int, message: bytes) -> None:
    line = f"{sys.executable} -m comity {command} --policy waits.toml"
    run = subprocess.run(["sh", "-c", line], capture_output=True, check=False)
    assert (run.returncode, b"Traceback" in run.stderr) == (status, False)
    assert message in run.stderr


def test_a_closed_pipe_ends_quietly() -> None:
    rows = "".join(f"p{n},2025-01-01T10:00:00Z,interview\n" for n in range(5_000))
    Path("log.csv").write_text("person,at,kind\n" + rows)
    with process("audit", "log.csv", "--policy", "waits.toml", "--as-of", "2026-01-01T00:00:00Z") as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 0


def test_a_closed_pipe_leaves_the_verdict_its_status() -> None:
    rows = "".join(f"p{n},2025-01-01T10:00:00Z,follow-up\n" for n in range(5_000))
    Path("log.csv").write_text("person,at,kind\n" + rows.replace("p7,", "p6,"))
    Path("never.toml").write_text(
        'comity = 1\npolicy = { id = "n", title = "n", version = "1" }\n'
        'rules.r = { kind = "forbidden", contact = { kind = "follow-up" } }\n'
    )
    for form in ("text", "jsonl"):
        with process("audit", "log.csv", "--policy", "never.toml", "--format", form) as run:
            assert run.stdout is not None
            assert run.stderr is not None
            run.stdout.readline()
            run.stdout.close()
            assert run.stderr.read() == b""
        assert run.returncode == 1


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_audit_leaves_nothing(number: signal.Signals, status: int) -> None:
    Path("log.csv").write_text("person,at,kind\n" + "ann,2025-01-01T10:00:00Z,interview\n" * 400_000)
    with process("audit", "log.csv", "--policy", "waits.toml", "--output", "report.txt") as run:
        while not holds_a_file_without_a_name(run.pid):
            assert run.poll() is None
            time.sleep(0.01)
        run.send_signal(number)
        _, err = run.communicate()
    assert (run.returncode, err.strip()) == (status, b"")
    assert files() == ["log.csv", "waits.toml"]


def test_a_fault_of_comity_itself_has_a_status_of_its_own(
    comity: object, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise KeyError("some\nkey")

    monkeypatch.setattr("comity.engine.Engine.audit", stumble)
    result = audit(comity, "--output", "report.txt")
    assert (result.status, result.out) == (70, "")
    (line,) = result.err.splitlines()
    assert line.startswith("comity: a fault of comity ")
    assert "KeyError: 'some\\nkey' at " in line
    assert "please report" in line
    assert "report.txt" not in files()
    monkeypatch.setenv("COMITY_TRACEBACK", "1")
    arguments = ["audit", "log.csv", "--policy", "waits.toml"]
    assert guarded(lambda: cli.main(args=arguments, prog_name="comity", standalone_mode=False)) == 70
    assert "Traceback (most recent call last)" in capfd.readouterr().err


@pytest.mark.parametrize("option", ["--output", "--rejects"])
@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("log.csv", "log `log.csv`"),
        ("more/b.csv", "log `more/b.csv`"),
        ("waits.toml", "policy `waits.toml`"),
        ("waits.cases.toml", "cases `waits.cases.toml`"),
        ("below.toml", "policy `below.toml`"),
        ("columns.toml", "mapping `columns.toml`"),
    ],
)
def test_what_is_read_is_never_replaced(comity: object, option: str, path: str, what: str) -> None:
    Path("more").mkdir()
    for name in ("a.csv", "b.csv"):
        Path("more", name).write_text(LOG)
    Path("below.toml").write_text('comity = 1\n[policy]\nid = "below"\ntitle = "x"\nversion = "1"\n')
    Path("waits.toml").write_text(POLICY.replace("[events", 'extends = ["./below.toml"]\n[events', 1))
    Path("columns.toml").write_text('comity = 1\n[fields]\nchannel = { value = "phone" }\n')
    before = {name: Path(name).read_bytes() for name in files() if Path(name).is_file()}
    result = audit(comity, "more/*.csv", "--mapping", "columns.toml", option, path)
    assert result.status == 2
    assert f"{option} `{path}` would replace the {what}" in result.err
    assert {name: Path(name).read_bytes() for name in files() if Path(name).is_file()} == before


def test_little_memory_gives_the_same_bytes(comity: object) -> None:
    for name in ("json", "csv"):
        plain = audit(comity, "--format", name)
        assert audit(comity, "--format", name, "--memory", "64 MiB").out == plain.out


@pytest.mark.parametrize("size", ["lots", "1KB", "-1GiB", "12 parsecs"])
def test_a_size_that_is_none_is_refused(comity: object, size: str) -> None:
    result = audit(comity, f"--memory={size}")
    assert result.status == 2
    assert f"--memory `{size}` is" in result.err


def test_parquet_findings_hold_what_json_does(comity: object) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert audit(comity, "--format", "parquet", "--output", "found.parquet").status == 1
    rows = parquet.read_table("found.parquet").to_pylist()
    findings = json.loads(audit(comity, "--format", "json").out)["findings"]
    assert [list(row) for row in rows] == [list(finding) for finding in findings]
    for row, finding in zip(rows, findings, strict=True):
        assert dict(row["scope"]) == finding["scope"]
        assert row["at"].strftime("%Y-%m-%dT%H:%M:%SZ") == finding["at"]
        assert row["evidence"] == finding["evidence"]
        assert row["message"] == finding["message"]


def test_a_glob_is_one_log(comity: object) -> None:
    Path("more.csv").write_text(LOG)
    named = audit(comity, "--format", "json", "more.csv")
    globbed = audit(comity, "--format", "json", log="*[eg].csv")
    assert globbed.out == named.out
    assert json.loads(globbed.out)["summary"]["rows_read"] == 8


@pytest.mark.parametrize("name", ["log.csv.gz", "log.parquet"])
def test_a_log_that_was_cut_short_is_an_error_and_nothing_is_written(comity: object, name: str) -> None:
    csv_ = pytest.importorskip("pyarrow.csv")
    parquet = pytest.importorskip("pyarrow.parquet")
    if name == "log.parquet":
        parquet.write_table(csv_.read_csv("log.csv"), name)
    else:
        Path(name).write_bytes(gzip.compress(LOG.encode() * 50))
    octets = Path(name).read_bytes()
    Path(name).write_bytes(octets[: len(octets) * 2 // 3])
    before = files()
    result = audit(comity, "--output", "report.txt", "--rejects", "rejects.csv", log=name)
    assert result.status == 3
    assert result.err.startswith(f"comity: {name}: ")
    assert files() == before


ADDRESSES = 'comity = 1\n[fields]\nperson = { column = "person", address = "email" }\n'


def test_a_proposed_contact_is_of_a_person_as_the_log_has_them(comity: object) -> None:
    assert callable(comity)
    Path("stop.toml").write_text(
        'comity = 1\npolicy = { id = "p", title = "P", version = "1" }\n'
        'rules.stop = { kind = "stop-after", contact = { kind = "mail" }, after = { kind = "opt-out" } }\n',
        "utf-8",
    )
    Path("persons.csv").write_text("person,at,kind\nANN@EXAMPLE.ORG,2025-03-01T09:00:00Z,opt-out\n", "utf-8")
    Path("email.toml").write_text(ADDRESSES, "utf-8")
    Path("phone.toml").write_text(ADDRESSES.replace('"email"', '"phone"'), "utf-8")
    asked = ("check", "persons.csv", "--policy", "stop.toml", "--mapping", "email.toml", "--propose")
    assert comity(*asked, "person=Ann <ann@example.org>,kind=mail,at=2025-03-02T09:00:00Z").status == 1
    assert comity(*asked, "person=bob@example.org,kind=mail,at=2025-03-02T09:00:00Z").status == 0
    assert comity(*asked, "person=ann,kind=mail,at=2025-03-02T09:00:00Z").status == 2
    for command in (
        ("audit", "persons.csv", "--policy", "stop.toml", "--mapping", "phone.toml"),
        ("check", "persons.csv", "--policy", "stop.toml", "--mapping", "phone.toml", "--propose", "person=a"),
    ):
        refused = comity(*command, "--no-plugins")
        assert refused.status == 2
        assert "phone.toml:3:41" in refused.err
        assert "comity-telephony" in refused.err


def test_a_value_that_cannot_be_read_is_no_allow(comity: object) -> None:
    assert callable(comity)
    Path("scored.toml").write_text(
        'comity = 1\npolicy = { id = "p", title = "P", version = "1" }\nattributes.score = "number"\n'
        'rules.hot = { kind = "forbidden", contact = { score = { at-least = 5 } } }\n',
        "utf-8",
    )
    asked = ("check", "log.csv", "--policy", "scored.toml", "--propose")
    result = comity(*asked, "person=zed,at=2025-03-02T09:00:00Z,score=high")
    assert result.status == 3
    assert "`score` is `high`, which is not a number" in result.out
    assert comity(*asked, "person=zed,at=2025-03-02T09:00:00Z,score=4").status == 0


def test_several_texts_of_a_proposal_are_parted_as_in_the_log(comity: object) -> None:
    assert callable(comity)
    Path("topics.toml").write_text(
        'comity = 1\npolicy = { id = "p", title = "P", version = "1" }\nattributes.topics = "texts"\n'
        'rules.loans = { kind = "forbidden", contact = { topics = "loans" } }\n'
        'rules.debt = { kind = "forbidden", contact = { matter = "debt" } }\n',
        "utf-8",
    )
    Path("parted.toml").write_text(
        'comity = 1\n[fields]\nmatter = { column = "about", split = "/" }\n'
        'topics = { column = "about", split = "|" }\n',
        "utf-8",
    )
    Path("parted.csv").write_text("person,at,about\nann,2025-03-01T09:00:00Z,loans|cards\n", "utf-8")
    asked = ("check", "parted.csv", "--policy", "topics.toml", "--propose")
    proposal, mapping = "person=zed,at=2025-03-02T09:00:00Z", ("--mapping", "parted.toml")
    for texts, status in (("loans|cards", 1), ('["cards"\\,"loans"]', 1), ("cards | rates", 0), ("loans", 1)):
        result = comity(*asked, f"{proposal},topics={texts}", *mapping)
        assert (result.status, "unparted-texts" in result.out) == (status, False), texts
    assert comity(*asked, f"{proposal},matter=rent/debt", *mapping).status == 1
    result = comity(*asked, f"{proposal},topics=loans|cards", "--map", "matter=about")
    assert result.status == 0
    told = "notice: `loans|cards` of `p/topics` has a sign between texts in it, and counts as one text"
    assert told in result.out
