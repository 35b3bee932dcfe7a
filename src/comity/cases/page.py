"""A page about a policy for people: its rules in words, where they come from, and its cases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from comity.cases.case import Case, CaseFile
from comity.cases.markdown import cell, link, prose
from comity.cases.remarks import is_inherited, remarks_of, switched_off
from comity.engine import Engine
from comity.plan import PlannedRule, Selector
from comity.plan.selectors import walk
from comity.plan.sentences import Sentences
from comity.policy.lower.lower import lower_selectors, lower_states
from comity.policy.model import Policy, Reference, Rule

_COMMENT: Final = re.compile(r"^#[^\n]*(?:\n#[^\n]*)*", re.MULTILINE)
_SETTINGS: Final = (("timezone", "time zone"), ("calendar", "calendar"), ("industry", "industry"))


def write_page(engine: Engine, text: str, file: CaseFile | None) -> str:
    """Write the page of an engine's first policy as Markdown, from the text of its file and its cases."""
    policy = engine.policies[0]
    names = lower_selectors(policy, engine.plugins.words)
    states = lower_states(policy, engine.plugins.words)
    sentences = Sentences(
        {selector: name for name, selector in names.items()},
        states={state: name for name, state in states.items()},
    )
    lines = [f"# {prose(policy.meta.title)}", "", *_notes(text), *_facts(policy), ""]
    lines += ["## Words", "", *_words(names, states, sentences)] if names or states else []
    lines += ["## Rules", ""]
    remarks = remarks_of(engine)
    for planned in engine.plan.rules:
        tags = ["inherited"] if is_inherited(policy, planned.id) else []
        lines += _rule(policy.rules[planned.id], planned, sentences, [*tags, *remarks[planned.id]])
    lines += _off(policy)
    lines += _sources(policy.meta.references)
    lines += ["## Cases", "", *_cases(file)] if file is not None else []
    return "\n".join(lines).rstrip() + "\n"


def _facts(policy: Policy) -> Iterator[str]:
    meta = policy.meta
    facts = [f"`{policy.id}`, version {meta.version}"]
    facts += [f"{word} {getattr(meta, key)}" for key, word in _SETTINGS if getattr(meta, key) is not None]
    if meta.effective is not None:
        dates = (
            (word, date)
            for word, date in (("from", meta.effective.from_), ("through", meta.effective.through))
        )
        facts.append("in effect " + " ".join(f"{word} {date}" for word, date in dates if date is not None))
    facts += [f"checked {meta.checked}"] if meta.checked is not None else []
    facts += [f"to be checked again by {meta.review_by}"] if meta.review_by is not None else []
    yield prose("; ".join(facts)) + "."
    if meta.extends:
        yield ""
        yield "Builds on " + prose(", ".join(f"`{name}`" for name in meta.extends)) + "."


def _notes(text: str) -> Iterator[str]:
    """Return the comment at the head of the file, paragraph by paragraph."""
    found = _COMMENT.search(text.partition("[policy]")[0])
    if found is not None:
        yield from (prose(line.removeprefix("#")) for line in found[0].splitlines())
        yield ""


def _words(
    names: Mapping[str, Selector], states: Mapping[str, Selector], sentences: Sentences
) -> Iterator[str]:
    yield "| name | stands for |"
    yield "| --- | --- |"
    for name, selector in names.items():
        yield f"| {cell(prose(f'`{name}`'))} | {cell(prose(_inside(selector, sentences, name)))} |"
    for name, state in states.items():
        yield f"| {cell(prose(f'during `{name}`'))} | {cell(prose(_inside(state, sentences)))} |"
    yield ""


def _inside(selector: Selector, sentences: Sentences, own: str | None = None) -> str:
    """Write what a name stands for, with the other names that are part of it."""
    inside = {part for part in walk(selector) if part is not selector and part != selector}
    return Sentences(
        {known: word for known, word in sentences.names.items() if known in inside and word != own},
        states={known: word for known, word in sentences.states.items() if known in inside},
    ).selector(selector)


def _off(policy: Policy) -> Iterator[str]:
    """List the rules that are switched off, because they have no sentences."""
    off = switched_off(policy)
    if off:
        yield "## Switched off"
        yield ""
        for rule_id in off:
            rule = policy.rules[rule_id]
            own = policy.own is not None and "kind" not in policy.own.get(("rules", rule_id), frozenset())
            title = "" if rule.common.title is None else f": {rule.common.title}"
            yield "- " + prose(f"`{rule_id}`, `{rule.body.kind}`{', inherited' if own else ''}{title}")
        yield ""


def _rule(rule: Rule, planned: PlannedRule, sentences: Sentences, remarks: Sequence[str]) -> Iterator[str]:
    yield f"### {prose(rule.common.title or planned.id)}"
    yield ""
    yield prose(sentences.rule(planned))
    yield ""
    if rule.common.because:
        yield f"*Why:* {prose(rule.common.because)}"
        yield ""
    tags = [f"`{planned.id}`", f"`{planned.kind}`", planned.severity, *remarks]
    sources = (f"; {link(each.title, each.url)}" for each in rule.common.references)
    yield prose(", ".join(tags)) + "".join(sources)
    yield ""


def _sources(references: tuple[Reference, ...]) -> Iterator[str]:
    if references:
        yield "## Sources"
        yield ""
        yield from (f"- {link(each.title, each.url)}" for each in references)
        yield ""


def _cases(file: CaseFile) -> Iterator[str]:
    yield "| case | what is found |"
    yield "| --- | --- |"
    yield from (f"| {cell(prose(case.name))} | {cell(prose(_found(case)))} |" for case in file.case)
    yield ""


def _found(case: Case) -> str:
    parts = []
    for finding in case.findings or ():
        status = "" if finding["status"] == "violation" else f" ({finding['status']})"
        parts.append(f"{finding.get('event', '')} `{finding.get('rule', '')}`{status}".strip())
    if case.findings is not None and not parts:
        parts.append("nothing")
    if case.decision is not None:
        later = case.decision.next_allowed
        when = "" if later is None else f", allowed {'never' if later == 'never' else f'from {later}'}"
        parts.append(f"decision: {case.decision.outcome}{when}")
    return ", ".join(parts)
