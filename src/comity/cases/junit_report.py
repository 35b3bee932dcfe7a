"""The results of cases, as the JUnit XML that continuous integration reads."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from comity.cases.suite import PolicyResult, SuiteResult

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def write_junit(suite: SuiteResult) -> str:
    """Write a suite for each policy, a test for each case, and coverage as properties."""
    root = Element("testsuites", tests=str(suite.cases), failures=str(suite.failed), errors=str(suite.faults))
    for policy in suite.policies:
        _add_policy(root, policy)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, "unicode") + "\n"


def _add_policy(root: Element, result: PolicyResult) -> None:
    tests = len(result.results) + bool(result.fault)
    counts = {"tests": str(tests), "failures": str(result.failed), "errors": str(int(bool(result.fault)))}
    suite = SubElement(root, "testsuite", {"name": _clean(result.policy), **counts})
    if result.coverage is not None:
        properties = SubElement(suite, "properties")
        for name, count in (("shown", result.coverage.shown), ("total", result.coverage.total)):
            SubElement(properties, "property", name=f"coverage.{name}", value=str(count))
    place = {"classname": _clean(result.policy), "file": _clean(str(result.path))}
    if result.fault:
        case = SubElement(suite, "testcase", {"name": "loading", **place})
        SubElement(case, "error", message=_clean(result.fault.splitlines()[0])).text = _clean(result.fault)
    for each in result.results:
        case = SubElement(suite, "testcase", {"name": _clean(each.case.name), **place})
        if not each.outcome.passed:
            said = _clean("\n".join(each.outcome.differences))
            SubElement(case, "failure", message=said.splitlines()[0]).text = said


def _clean(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
