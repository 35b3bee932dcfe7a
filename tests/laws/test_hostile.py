"""Spoilt mappings, arguments and logs: each is refused in words or read alike, and nothing is left behind."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from adapter import BACK_ENDS, EXAMPLES

from comity import ComityError, Engine, Event, InputError
from comity.cli.main import FAULT, cli, guarded
from comity.readers import Mapping, load_mapping
from comity.testing.hostile import spoilt

POLICY = """comity = 1
[policy]
id = "shop"
title = "Shop"
version = "1"
timezone = "Europe/Lisbon"
[attributes]
score = "number"
[rules.gap]
kind = "minimum-gap"
contact = { channel = "email" }
gap = "3 calendar days"
[rules.score]
kind = "forbidden"
contact = { score = { at-least = 90 } }
"""
MAPPING = """comity = 1
requires = []
[log]
format = "csv"
delimiter = ";"
encoding = "utf-8"
[zones]
LT = "Europe/Lisbon"
[fields]
person = "customer"
kind = { value = "offer" }
channel = { column = "by", values = { "1" = "email", "2" = "phone" }, default = "email" }
score = { column = "points", decimal = ",", thousands = "." }
[fields.at]
column = "sent"
format = "%d.%m.%Y %H:%M"
timezone = "Europe/Lisbon"
[[only]]
column = "state"
values = ["done", "late"]
[[also]]
at = { column = "again", timezone = "Europe/Lisbon" }
kind = { value = "reminder" }
"""
LOG = "customer;by;sent;again;points;state\n" + "".join(
    f"c{n % 5};{n % 3};{n % 27 + 1:02}.02.2025 {n % 24:02}:30;;{n},5;{('done', 'late', 'no')[n % 3]}\n"
    for n in range(40)
)
SIMPLE = "person,at,channel,score,matter\n" + "".join(
    f'p{n % 4},2025-03-{n % 27 + 1:02}T{n % 24:02}:15:00Z,{("email", "phone")[n % 2]},{n * 3},"m{n % 2}; x"\n'
    for n in range(60)
)
PIECES = (
    '"',
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    "#",
    "\n",
    "\\",
    "\0",
    "\ud7ff",
    "9" * 50,
    "a.b.",
    "[[x]]\n",
    "inf",
    ",,",
)


def mutated(text: str, count: int, seed: int) -> Iterator[str]:
    """Yield versions of a text with pieces taken out, put in, doubled or moved."""
    draw = random.Random(seed)
    lines = text.splitlines(keepends=True)
    for _ in range(count):
        made = list(lines)
        for _ in range(draw.randrange(1, 4)):
            row = draw.randrange(len(made))
            line = made[row]
            place = draw.randrange(len(line) + 1)
            match draw.randrange(6):
                case 0:
                    made[row] = line[:place] + draw.choice(PIECES) + line[place:]
                case 1:
                    made[row] = line[:place] + line[place + draw.randrange(1, 6) :]
                case 2:
                    made.insert(draw.randrange(len(made)), line)
                case 3:
                    made[row] = ""
                case 4:
                    made[row] = line.replace(draw.choice(('"', "=", "[", "e", "1")), draw.choice(PIECES), 1)
                case _:
                    other = draw.randrange(len(made))
                    made[row], made[other] = made[other], line
        yield "".join(made)


def test_a_spoilt_mapping_is_refused_in_words_or_reads_alike(tmp_path: Path) -> None:
    engine = Engine.of(POLICY)
    log, path = tmp_path / "log.csv", tmp_path / "mapping.toml"
    log.write_text(LOG)
    path.write_text(MAPPING)
    assert engine.audit(engine.log(log, mapping=load_mapping(path))).summary.events > 20
    read = 0
    for text in mutated(MAPPING, EXAMPLES, 1):
        path.write_text(text, "utf-8", "surrogatepass")
        try:
            mapping = load_mapping(path, channels=engine.plugins.channels)
        except ComityError:
            continue
        reports = [said_of(engine, log, mapping, back_end) for back_end in BACK_ENDS]
        assert reports[0] == reports[1], text
        read += not isinstance(reports[0], str)
    assert read > EXAMPLES / 10


def said_of(engine: Engine, log: Path, mapping: Mapping | None, back_end: object) -> object:
    """Return what an audit finds, or the error in words."""
    try:
        report = engine.audit(engine.log(log, mapping=mapping), engine=back_end)  # type: ignore[arg-type]
    except ComityError as error:
        return str(error)
    rows = [(rejection.row, rejection.reason) for rejection in report.rejections]
    return list(report.findings), rows, report.summary


@pytest.mark.parametrize("text", [SIMPLE, SIMPLE.replace(",", ";"), SIMPLE.replace("\n", "\r\n")])
def test_both_engines_read_a_spoilt_log_alike(tmp_path: Path, text: str) -> None:
    engine, log = Engine.of(POLICY), tmp_path / "log.csv"
    for what, octets in spoilt(text.encode(), EXAMPLES // 10, seed=len(text)):
        log.write_bytes(octets)
        one, other = (said_of(engine, log, None, back_end) for back_end in BACK_ENDS)
        assert one == other, what


def test_arguments_are_refused_in_words_whatever_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.toml").write_text(POLICY)
    Path("mapping.toml").write_text(MAPPING)
    Path("log.csv").write_text(SIMPLE)
    Path("folder").mkdir()
    Path("empty").write_text("")
    values = (
        *(
            "log.csv",
            "shop.toml",
            "mapping.toml",
            "folder",
            "empty",
            "-",
            "",
            " ",
            "x" * 300,
            "/",
            "../..",
            "é\x1b[31m",
        ),
        *(
            "person=person",
            "at=at",
            "kind=x",
            "rules=5",
            "line=0",
            "cell=x",
            "json",
            "csv",
            "never",
            "UTC",
            "id",
        ),
        *(
            "2025-03-01T00:00:00Z",
            "9999-12-31",
            "-5",
            "1e999",
            "64MiB",
            "person=p1,at=2025-03-09T10:00:00Z",
            "{}",
            "a\\,b=",
        ),
    )
    options = (
        *(
            "--policy",
            "--policy-path",
            "--map",
            "--set",
            "--mapping",
            "--timezone",
            "--input-format",
            "--dedupe",
        ),
        *(
            "--rejects",
            "--output",
            "--format",
            "--as-of",
            "--since",
            "--until",
            "--engine",
            "--memory",
            "--fail-on",
        ),
        *(
            "--allow-nothing",
            "--budget",
            "--propose",
            "--min-coverage",
            "--as",
            "--into",
            "--industry",
            "--no-plugins",
        ),
        *("--plugin", "--nonsense", "-h", "--version"),
    )
    commands = ("audit", "check", "test", "show", "copy", "policies", "plugins", "new", "nothing")
    draw = random.Random(7)
    statuses = set()
    for _ in range(2 * EXAMPLES):
        command = draw.choice(commands)
        arguments = [command]
        if command in ("audit", "check") and draw.random() < 0.7:
            arguments += ["log.csv", "--policy", "shop.toml"]
        for _ in range(draw.randrange(5)):
            arguments.append(draw.choice(options if draw.random() < 0.5 else values))
        with Path("log.csv").open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            status = guarded(partial(cli.main, arguments, standalone_mode=False))
        out, err = capfd.readouterr()
        assert status in (0, 1, 2, 3), (arguments, err)
        assert "Traceback" not in out + err, arguments
        statuses.add(status)
    assert statuses >= {0, FAULT}


def test_eight_threads_share_engines_policies_and_logs(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(SIMPLE + SIMPLE.split("\n", 1)[1].replace("p", "q") * 3)
    engine = Engine.of(POLICY)
    policy = engine.policies[0]
    history = [Event(f"p{n % 3}", (n + 9000) * 3_600_000_000, channel="email") for n in range(200)]
    proposed = Event("p1", 9201 * 3_600_000_000, channel="email")

    def work(_: int) -> object:
        own = Engine.of(policy)
        told: list[object] = []
        for back_end in BACK_ENDS:
            told.append(said_of(engine, log, None, back_end))
            told.append(list(own.audit(history, engine=back_end).findings))
        told.append(engine.decide(history, proposed).to_dict())
        told.append(own.decide(history, proposed).to_dict())
        return told

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(work, range(24))
    assert all(other == first for other in others)


LARGE = """
import os, resource, sys
from pathlib import Path
from comity import Engine
count, back_end = int(sys.argv[1]), sys.argv[2]
with open("large.csv", "w") as file:
    file.write("person,at,channel,score\\n")
    for n in range(count):
        day = f"2025-{n % 12 + 1:02}-{n % 28 + 1:02}"
        file.write(f"person-{n * 7919 % 50021},{day}T{n % 24:02}:00:00Z,phone,{n % 90}\\n")
engine = Engine.of(Path("shop.toml"))
most = 0
def look(*_):
    global most
    most = max(most, len(os.listdir("/proc/self/fd")))
engine.audit(engine.log("large.csv"), engine=back_end, progress=look)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, most)
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files as Linux has them")
def test_a_large_log_takes_little_memory_and_few_files(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(POLICY)
    rows = 3000 * min(EXAMPLES, 400)
    ran = subprocess.run(
        [sys.executable, "-c", LARGE, str(rows), "columnar"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    megabytes, files = map(int, ran.stdout.split())
    assert megabytes < 700
    assert files < 20


AUDIT = "import sys; from comity.cli.main import run; run(sys.argv[1:])"


def comity(folder: Path, *arguments: str, limit: int | None = None) -> subprocess.Popen[str]:
    """Start the command line in a folder, with files of so many bytes at the most."""
    limited = (
        ""
        if limit is None
        else f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); "
    )
    ignoring = "" if limit is None else "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    return subprocess.Popen(
        [sys.executable, "-c", limited + ignoring + AUDIT, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def prepared(folder: Path) -> Path:
    (folder / "shop.toml").write_text(POLICY)
    (folder / "log.csv").write_text(SIMPLE)
    return folder


def test_two_audits_with_one_output_leave_one_whole_report(tmp_path: Path) -> None:
    prepared(tmp_path)
    arguments = ("audit", "log.csv", "--policy", "shop.toml", "--format", "jsonl", "--output", "report.jsonl")
    running = [comity(tmp_path, *arguments) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [1, 1], said
    engine = Engine.of(POLICY)
    lines = (tmp_path / "report.jsonl").read_text().splitlines()
    assert len(lines) == len(engine.audit(tmp_path / "log.csv").findings)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv", "report.jsonl", "shop.toml"]


@pytest.mark.parametrize("option", ["--output", "--rejects"])
def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path: Path, option: str) -> None:
    prepared(tmp_path)
    (tmp_path / "log.csv").write_text(SIMPLE + "bad\n" * 4000)
    (tmp_path / "before").write_text("as it was")
    process = comity(
        tmp_path,
        "audit",
        "log.csv",
        "--policy",
        "shop.toml",
        "--format",
        "json",
        option,
        "before",
        limit=4096,
    )
    _, err = process.communicate(timeout=120)
    assert process.returncode in (2, 3)
    assert "Traceback" not in err
    assert "file too large" in err
    assert (tmp_path / "before").read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["before", "log.csv", "shop.toml"]


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed there")
def test_a_folder_that_has_vanished_is_told(tmp_path: Path) -> None:
    prepared(tmp_path)
    gone = tmp_path / "gone"
    gone.mkdir()
    log, policy = str(tmp_path / "log.csv"), str(tmp_path / "shop.toml")
    leave = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); "
    for arguments in (
        ("audit", log, "--policy", policy, "--output", "o.json"),
        ("audit", "log.csv", "--policy", policy),
        ("audit", log, "--policy", "shop.toml"),
        ("test",),
        ("audit", log, "--policy", policy, "--output", str(gone / "o.json")),
    ):
        ran = subprocess.run(
            [sys.executable, "-c", leave + AUDIT, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        gone.mkdir(exist_ok=True)
        assert "Traceback" not in ran.stderr, ran.stderr
        assert ran.returncode in (2, 3), (arguments, ran.stderr)
        assert len(ran.stderr.splitlines()) <= 3


def test_a_log_that_vanishes_while_it_is_read_is_told(tmp_path: Path) -> None:
    prepared(tmp_path)
    engine = Engine.of(POLICY)
    for back_end in BACK_ENDS:
        log = engine.log(tmp_path / "log.csv", tmp_path / "other.csv")
        with pytest.raises(InputError, match=r"other\.csv: cannot be read: no such file"):
            engine.audit(log, engine=back_end)
