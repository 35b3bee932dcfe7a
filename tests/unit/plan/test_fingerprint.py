"""Fingerprints: what snapshots know rules by does not change with the names of classes."""

from __future__ import annotations

from comity.plan import Judgement, PythonCheck, TextRequirements, Wording
from comity.plan.fingerprint import fingerprint


def test_a_check_in_python_is_known_by_its_older_name() -> None:
    check = PythonCheck(len, Wording("a", "b"), frozenset({"x"}))  # type: ignore[arg-type]
    assert Judgement is PythonCheck
    assert fingerprint(check) == "d94ed8e3ca7826d6"


def test_requirements_on_a_text_are_known_by_their_older_name() -> None:
    assert fingerprint(TextRequirements("text", max_words=9)) == "3fff06cecb867cdb"
