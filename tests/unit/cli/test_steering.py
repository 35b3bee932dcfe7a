"""Nothing from a policy, a log or a name steers a terminal, and nothing from a policy is HTML on a page."""

from __future__ import annotations

import io
import sys
import tomllib
from pathlib import Path

import pytest

from comity import Engine, Plugins
from comity.cases.markdown import link, prose
from comity.cli.main import cli, guarded
from comity.cli.output.report_output import harmless, write_out
from comity.policy.load import load_policy

ESC, CSI, OVERRIDE = "\\u001b", "\\u009b", "\\u202e"
POLICY = f"""
# A page about <b>calls</b>: [see](javascript:alert(1)).
comity = 1
[policy]
id = "calls"
title = "Calls {ESC}[2J {CSI}31m <script>alert(1)</script>"
version = "1{ESC}c"
[[policy.references]]
title = "Act ](x) <i>"
url = "javascript:alert(2)"
[attributes]
"area{ESC}[1m" = "text"
[events."first{ESC}]0;owned"]
"area{ESC}[1m" = "x{ESC}[5m"
kind = "call{CSI}m"
[rules."r{ESC}[8m"]
kind = "maximum-contacts"
contact = {{ channel = "phone" }}
limit = 1
window = "1d"
title = "At most <img src=x onerror=alert(3)>\\n\\n# one"
because = "b {ESC}[7m <u> | `co<d>e` *x* _y_ snake_case"
"""
LOG = "person,at,channel\nann\x1b[2J,2025-03-01T09:00:00Z,phone\nann\x1b[2J,2025-03-01T10:00:00Z,phone\n"


def run(*arguments: str) -> int:
    return guarded(lambda: cli.main([*arguments, "--no-plugins"], "comity", standalone_mode=False))


def steering(text: str) -> set[str]:
    return {c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2028")}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.toml").write_text(POLICY, "utf-8")
    (tmp_path / "log.csv").write_text(LOG, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("show", "p.toml"), 0),
        (("show", "p.toml", "--format", "markdown"), 0),
        (("audit", "log.csv", "--policy", "p.toml"), 1),
        (("check", "log.csv", "--policy", "p.toml", "--propose", "person=a\x1b[1m,channel=phone\x1b[1m"), 0),
        (("policies", "--policy-path", "."), 0),
        (("test", "p.toml"), 0),
        (("audit", "no\x1b[2J.csv", "--policy", "p.toml"), 3),
        (("audit", "log.csv", "--policy", "no\x1b[2J.toml"), 2),
        (("audit", "log.csv", "--policy", "no\x1b[2J"), 2),
        (("audit", "log.csv", "--policy", "p.toml", "--mapping", "no\x1b[2J.toml"), 2),
        (("audit", "log.csv", "--policy", "p.toml", "--map", "person=a\x1b[2J"), 3),
        (("audit", "log.csv", "--policy", "p.toml", "--set", "\x1b[2J"), 2),
        (("audit", "log.csv", "--policy", "p.toml", "--timezone", "\x1b[2J"), 2),
        (("audit", "log.csv", "--policy", "p.toml", "--format", "\x1b[2J"), 2),
        (("audit", "log.csv", "--policy", "p.toml", "--\x1b[2J"), 2),
        (("\x1b[2J",), 2),
    ],
)
def test_no_control_character_is_printed(
    files: Path, arguments: tuple[str, ...], status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == status
    printed = capfd.readouterr()
    assert printed.out + printed.err
    assert steering(printed.out + printed.err) == set()


def test_a_policy_that_is_shown_is_still_the_policy(files: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run("show", "p.toml")
    shown = capfd.readouterr().out
    assert tomllib.loads(shown)["policy"]["title"] == tomllib.loads(POLICY)["policy"]["title"]
    words = Plugins().words
    again, _ = load_policy(shown, words)
    assert again.rules == load_policy(POLICY, words)[0].rules


def test_a_page_holds_no_html_and_no_marks_of_a_policy(
    files: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run("show", "p.toml", "--format", "markdown")
    page = capfd.readouterr().out
    outside = "".join(page.split("`")[::2])
    assert "<" not in outside
    assert ">" not in outside
    assert "see](javascript" not in page
    assert [line for line in page.splitlines() if line.startswith("# one")] == []
    assert "snake_case" in page
    assert r"\*x\* \_y\_" in page


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a `b` c", "a `b` c"),
        ("a `<b>` <c>", "a `<b>` &lt;c&gt;"),
        ("a ` b", r"a \` b"),
        ("a ``<b>`` c", r"a \`\`&lt;b&gt;\`\` c"),
        ("# x", r"\# x"),
        ("#1 x", "#1 x"),
        ("[x]: y", r"\[x\]: y"),
        ("a\n\n---\n", r"a ---"),
        ("---", r"\---"),
        ("Fish & chips &lt;", "Fish &amp; chips &amp;lt;"),
        ("a\u202eb\x1b", r"a\\u202eb\\u001b"),
    ],
)
def test_prose_shows_as_it_is(text: str, written: str) -> None:
    assert prose(text) == written


def test_only_addresses_of_the_web_and_of_mail_are_links() -> None:
    assert link("x", "https://example.org/a_(b) c") == r"x (https://example.org/a\_(b) c)"
    assert link("x", "https://example.org/a_(b)") == "[x](https://example.org/a_%28b%29)"
    assert link("x", "data:text/html,<b>") == "x (data:text/html,&lt;b&gt;)"
    assert link("<x>", None) == "&lt;x&gt;"


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("coloured", [True, False])
def test_a_terminal_gets_no_control_characters_from_machine_formats(
    coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", terminal)
    pieces: list[str | bytes] = ["a\x1b[31mb\x1b[2J\r\n", "c\td\x9bm".encode(), "\r\ude00\n"]
    write_out(pieces, coloured=coloured)
    red = "\x1b[31m" if coloured else "\\x1b[31m"
    written = terminal.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert written == f"a{red}b\\x1b[2J\r\nc\td\\x9bm\\r\\ude00\n"
    assert harmless("plain", coloured=coloured) == "plain"


def test_messages_of_the_engine_are_printable() -> None:
    text = POLICY.replace("limit = 1\n", 'limit = 1\n"k\\u001b[2J" = 1\n')
    with pytest.raises(Exception, match="unknown") as raised:
        Engine.of(text)
    assert steering(str(raised.value)) == set()
