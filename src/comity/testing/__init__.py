"""Cases as data: events and what a policy must give, for policies, plugins and comity itself."""

from comity.testing.cases import (
    Case,
    CaseFile,
    ExpectedCounts,
    ExpectedDecision,
    ExpectedError,
)
from comity.testing.load import case_files, load_cases
from comity.testing.run import run_case

__all__ = [
    "Case",
    "CaseFile",
    "ExpectedCounts",
    "ExpectedDecision",
    "ExpectedError",
    "case_files",
    "load_cases",
    "run_case",
]
