"""The options of an audit that goes on from run to run, with a state in a folder."""

from __future__ import annotations

import datetime as dt

import click

from comity.cli.options.option_group import grouped
from comity.cli.output.overwriting import refuse_overwriting
from comity.errors import UsageError
from comity.plan.time.span_texts import SpanError, parse_span
from comity.records import frozen

_OPTIONS = (
    click.option(
        "--state",
        metavar="DIR",
        help="Go on from the runs before: LOG has the new events, and DIR keeps what later ones need.",
    ),
    click.option(
        "--allowed-lateness",
        metavar="SPAN",
        help="With --state, how far before the latest event a new one may be, such as 2d. [default: 0]",
    ),
    click.option("--rebuild", is_flag=True, help="With --state, begin it anew: LOG is the whole log."),
)


@frozen
class StateChoice:
    """The values of these options."""

    state: str | None
    allowed_lateness: str | None
    rebuild: bool

    def check(self, **others: object) -> None:
        """Raise UsageError if options do not go together; `others` are those that a state rules out."""
        if self.state is None:
            for name, given in (
                ("--allowed-lateness", self.allowed_lateness is not None),
                ("--rebuild", self.rebuild),
            ):
                if given:
                    raise UsageError(f"{name} is for an audit with a state: say where it is with --state DIR")
            return
        for name, (value, reason) in _REFUSED.items():
            if others.get(name):
                raise UsageError(f"{name} does not go with --state: {value}; {reason}")

    def refuse_outputs(self, outputs: dict[str, str | None]) -> None:
        """Raise UsageError for an output in the folder of the state."""
        if self.state is not None:
            refuse_overwriting(outputs, [("state", self.state)])

    def lateness(self) -> dt.timedelta | None:
        """Return how late events may be; None if it is not said. Raises UsageError."""
        text = self.allowed_lateness
        if text is None:
            return None
        if text.strip() in ("0", "0d", "0h", "0s"):
            return dt.timedelta(0)
        try:
            span = parse_span(text)
        except SpanError as error:
            raise UsageError(
                f"--allowed-lateness: {error}; write an elapsed time such as `2d` or `36h`"
            ) from None
        if span.clock is not None:
            raise UsageError(
                f"--allowed-lateness `{text}` is not an elapsed time: write one such as `2d` or `36h`"
            )
        return dt.timedelta(microseconds=span.count)


_REFUSED = {
    "--since": ("a state is about all that its runs have read", "leave it out, or audit without a state"),
    "--until": ("a state is about all that its runs have read", "leave it out, or audit without a state"),
    "--database": ("a state reads files", "write the new rows to a file, or pass them as a table in Python"),
    "--save-to": ("that table holds whole audits", "write a file, which says what is withdrawn"),
    "--engine": ("a state is judged by columns", "leave it out"),
}
"""For each option what a state is, and what to do."""


state_options = grouped(_OPTIONS, "going_on", StateChoice)
"""Adds the options to a command, which gets their values as one `going_on`."""
