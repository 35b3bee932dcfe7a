"""What is required and misspelt is told by the name that was probably meant."""

from __future__ import annotations

import pytest

from comity.plugins.known import KNOWN
from comity.requirements import OURS, unmet


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("comity-telefony >= 0.1", "comity-telephony"),
        ("comity-mial", "comity-mail"),
        ("telephony >= 0.1", "comity-telephony"),
        ("comity-workbok", "comity-workbook"),
        ("pytesst", "pytest"),
    ],
)
def test_a_misspelt_distribution_offers_the_near_one(text: str, meant: str) -> None:
    found = unmet(text)
    assert found is not None
    assert found[0] == f"`{text}` is required, and it is not installed"
    assert found[1] == f"did you mean `{meant}`?"


def test_what_is_near_nothing_is_to_be_installed() -> None:
    assert unmet("contact-lines >= 2") == (
        "`contact-lines >= 2` is required, and it is not installed",
        "pip install 'contact-lines>=2'",
    )


def test_the_known_distributions_are_among_them() -> None:
    assert set(KNOWN) <= set(OURS)
