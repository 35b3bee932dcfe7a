"""Cases as data for policies, and checks for plugins, for use in any test."""

from comity.cases.case import (
    Case,
    CaseFile,
    ExpectedCounts,
    ExpectedDecision,
    ExpectedError,
)
from comity.cases.load import case_files, load_cases
from comity.cases.run import run_case
from comity.testing.formatters import check_formatter
from comity.testing.histories import histories
from comity.testing.packs import check_industry
from comity.testing.plugin_of import plugin_of
from comity.testing.readers import Reading, check_reader
from comity.testing.rule_kinds import check_rule_kind

__all__ = [
    "Case",
    "CaseFile",
    "ExpectedCounts",
    "ExpectedDecision",
    "ExpectedError",
    "Reading",
    "case_files",
    "check_formatter",
    "check_industry",
    "check_reader",
    "check_rule_kind",
    "histories",
    "load_cases",
    "plugin_of",
    "run_case",
]
