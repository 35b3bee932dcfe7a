"""`comity check`: ask whether a contact may be made now."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from typing import Final

import attrs
import click

from comity.cli.main import BAD_INPUT
from comity.cli.options.log_options import LogSource, log_options, make_mapping
from comity.cli.options.plugin_choice import LogCommand
from comity.cli.output.progress import Progress
from comity.cli.output.rejects import rejects_to
from comity.cli.output.report_output import write_out
from comity.clock.instants import format_instant
from comity.engine import Engine
from comity.errors import EventError, UsageError, printable
from comity.events.event import Event
from comity.notices import Notice
from comity.readers import Log
from comity.readers.events.one_event import read_event
from comity.readers.mapping.mapping import MAPPABLE
from comity.results.decisions import Decision
from comity.texts.spelling import near, squeeze

_EXIT = {"allow": 0, "warn": 0, "deny": 1, "indeterminate": BAD_INPUT}
_OF_AUDITS: Final = frozenset(
    {"no-events", "nothing-judged", "rule-judged-nothing", "word-not-in-log", "scope-field-missing"}
)
"""Notices about what was judged in a log, which do not concern one contact."""
_COMMA = re.compile(r"(?<!\\),")


@click.command("check", cls=LogCommand, context_settings={"help_option_names": ["-h", "--help"]})
@log_options
@click.option(
    "--propose",
    multiple=True,
    required=True,
    metavar="FIELD=VALUE,...",
    help="The contact that is proposed; without `at`, now. Repeatable.",
)
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def check_command(
    source: LogSource,
    propose: tuple[str, ...],
    output_format: str,
) -> int:
    """Ask whether a contact may be made, given the log around it.

    Later events of the log that would break a rule because of it count too.

    \b
    Example:
      comity check contacts.csv --policy interview-follow-up \\
        --propose person=ann@example.org,kind=follow-up,at=2025-03-10T10:00:00Z

    \b
    Exit status: 0 allow or warn, 1 deny, 2 the policy or the arguments are at
    fault, 3 indeterminate, or rows were rejected (the history is not whole).
    """
    engine = source.engine()
    proposed = propose_event(propose, source, engine)
    source.refuse_overwriting(engine, {"--rejects": source.rejects})
    with rejects_to(source.rejects) as rejected, Progress() as progress:
        log = source.log(engine, rejected, progress)
        history = [event for batch in log.batches() for event in batch]
        decision = engine.decide(history, proposed)
        notices = notices_about(engine, log, history, proposed, decision)
    if output_format == "json":
        shown = {"comity": 1, **decision.to_dict(), "notices": [each.to_dict() for each in notices]}
        text = json.dumps(shown, ensure_ascii=False, indent=2) + "\n"
    else:
        text = describe_decision(decision, notices)
    write_out([text])
    rejected.report()
    return BAD_INPUT if rejected.count and source.rejects is None else _EXIT[decision.outcome]


def propose_event(texts: tuple[str, ...], source: LogSource, engine: Engine) -> Event:
    """Return the proposed event, with addresses as the log's mapping writes them; raises UsageError."""
    plugins = engine.plugins
    mapping = make_mapping(source.mapping, source.maps, source.sets, plugins)
    try:
        fields = known_fields(parse_proposal(texts), engine.plan.attributes())
        event = read_event(fields, source.timezone, mapping, plugins.channels)
        return attrs.evolve(event, label="the proposed event")
    except EventError as error:
        raise UsageError(f"--propose: {error}") from None


def known_fields(fields: dict[str, str], attributes: frozenset[str]) -> dict[str, str]:
    """Return fields under their known names; raises UsageError for a name with a probable slip of the pen."""
    known = (*MAPPABLE, *sorted(attributes))
    named: dict[str, str] = {}
    for name, value in fields.items():
        meant = name if name in known else near(name, known)
        if meant is not None and meant != name and squeeze(meant) != squeeze(name):
            raise UsageError(
                f"--propose gives `{name}`, which is neither a field nor an attribute that the policies "
                f"read: did you mean `{meant}`?"
            )
        if (meant or name) in named:
            raise UsageError(f"--propose gives `{meant or name}` twice")
        named[meant or name] = value
    return named


def parse_proposal(texts: tuple[str, ...]) -> dict[str, str]:
    r"""Read `FIELD=VALUE,FIELD=VALUE`; a comma in a value is written `\,`."""
    fields: dict[str, str] = {}
    for text in texts:
        for part in _COMMA.split(text):
            name, equals, value = part.replace("\\,", ",").partition("=")
            if not equals or not name.strip():
                raise UsageError(
                    f"--propose `{part}` is not FIELD=VALUE (a comma in a value is written `\\,`)"
                )
            if name.strip() in fields:
                raise UsageError(f"--propose gives `{name.strip()}` twice")
            fields[name.strip()] = value.strip()
    fields.setdefault("at", format_instant(time.time_ns() // 1000))
    return fields


def notices_about(
    engine: Engine, log: Log, history: list[Event], proposed: Event, decision: Decision
) -> tuple[Notice, ...]:
    """Return the notices of a decision, of the log, and of an audit of the log.

    The audit takes the proposed contact as one of the log's events, and so compares it with the log's persons
    and channels.
    """
    audited = engine.audit([*history, proposed]).notices
    about_log = (notice for notice in audited if notice.code not in _OF_AUDITS)
    further = tuple(dict.fromkeys((*log.notices(), *about_log)))
    codes = {notice.code for notice in further}
    # A notice of the audit is about the log and the contact, and so includes the decision's own one.
    return (*(notice for notice in decision.notices if notice.code not in codes), *further)


def describe_decision(decision: Decision, notices: Sequence[Notice]) -> str:
    """Return a decision as text for people."""
    nothing = "" if decision.judged or decision.findings else ": no rule looked at such a contact"
    lines: list[str] = [decision.outcome + nothing]
    for finding in decision.findings:
        rule = f"{finding.policy}/{finding.rule}"
        lines.append(f"  {finding.severity:<8} {printable(rule)}: {printable(finding.message)}")
        if finding.because_of is not None:
            later = f"that is `{finding.event}` at {format_instant(finding.at)}, which is later"
            lines.append(f"           {printable(later)}, because of {printable(finding.because_of)}")
    if decision.outcome == "deny":
        never = "no later time would be allowed"
        found = decision.next_allowed
        lines.append(f"  {never}" if found is None else f"  allowed from {format_instant(found)}")
    if decision.judged:
        rules = "1 rule" if decision.judged == 1 else f"{decision.judged} rules"
        lines.append(f"  {rules} looked at the contact")
    lines += [f"  notice: {printable(notice.to_text())}" for notice in notices]
    return "\n".join(lines) + "\n"
