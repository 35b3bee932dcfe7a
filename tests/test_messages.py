"""What people read changes on purpose alone: messages of faults, notices, findings and decisions."""

from __future__ import annotations

import runpy
from difflib import unified_diff
from pathlib import Path

import pytest

MESSAGES = runpy.run_path(str(Path(__file__).with_name("messages.py")))


@pytest.mark.parametrize("section", sorted(MESSAGES["SECTIONS"]))
def test_messages_are_those_that_are_written_down(section: str) -> None:
    written = MESSAGES["file_of"](section).read_text("utf-8")
    found = MESSAGES["text_of"](section)
    difference = "\n".join(
        unified_diff(written.splitlines(), found.splitlines(), "written", "found", lineterm="", n=1)
    )
    assert not difference, (
        f"messages differ from tests/messages/{section}.txt. Read each changed one as a user: "
        "one line, lower case, what was written in backticks, what is allowed, what to do. Where the change "
        f"is meant, renew the files: python tests/messages.py\n{difference}"
    )


def test_no_message_depends_on_the_machine() -> None:
    for path in sorted(MESSAGES["FOLDER"].glob("*.txt")):
        text = path.read_text("utf-8")
        assert "/tmp" not in text
        assert str(Path.home()) not in text
        assert "Traceback" not in text
