"""Cases as data: events and the findings that a policy must give, for policies, plugins and comity itself."""

from comity.testing.cases import Case, CaseFile, case_files, load_cases
from comity.testing.run import run_case

__all__ = ["Case", "CaseFile", "case_files", "load_cases", "run_case"]
