"""Exceptions, and places in files that their messages point at."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import attrs


class ComityError(Exception):
    """Any fault that comity itself reports; its text is meant for people."""


class UsageError(ComityError):
    """The arguments of a call, a mapping or a configuration are at fault."""


class MisuseError(UsageError, TypeError):
    """Python asks an object for what it does not offer, such as a truth value or a copy."""


class InputError(ComityError):
    """A log could not be read."""


class EventError(ComityError):
    """One event is unusable; the text says which field, what was written and what is allowed."""


class RuleError(ComityError):
    """A rule failed while it judged, so that nothing is known."""


class SnapshotError(ComityError):
    """A snapshot cannot be used: it is of other rules, or was cut short or edited."""


class PluginError(ComityError):
    """A plugin failed; `plugin` names it, with its version and where its issues go."""

    def __init__(self, message: str, plugin: str = "") -> None:
        self.plugin = plugin
        super().__init__(f"{message} (plugin {plugin})" if plugin else message)


@attrs.frozen
class Place:
    """A place in a text: lines and columns count from 1, columns in code points."""

    path: str
    line: int = 1
    column: int = 1
    length: int = 1
    source: str = attrs.field(default="", repr=False, eq=False)
    """The line of text that the place is on."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@attrs.frozen
class Problem:
    """One fault of a policy file."""

    code: str
    """Stable word for the sort of fault, such as `unknown-key`."""
    message: str
    """One line, lower case, with what was written in backticks."""
    place: Place
    path: tuple[str | int, ...] = ()
    """Keys that lead to the fault."""
    help: str = ""
    """What is allowed or was probably meant; may be empty."""

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.message}"]
        if self.path:
            lines[0] += f" (at `{key_path(self.path)}`)"
        if self.place.source.strip():
            number = str(self.place.line)
            before = self.place.source[: self.place.column - 1]
            indent = "".join("\t" if c == "\t" else " " for c in before)
            lines.append(f"  {number} | {self.place.source.rstrip()}")
            lines.append(f"  {' ' * len(number)} | {indent}{'^' * max(1, self.place.length)}")
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)


class PolicyError(ComityError):
    """One or more faults of a policy, all of them at once in `problems`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def key_path(path: Sequence[str | int]) -> str:
    """Write a path of keys and indices as people do: `rules.a.contact.any[1]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + part
    return text


def suggest(word: str, allowed: Iterable[str]) -> str:
    """Say `did you mean …?` where one of the allowed words is near, else nothing."""
    near = difflib.get_close_matches(word.casefold(), list(allowed), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""


def one_of(allowed: Iterable[str]) -> str:
    """List the allowed words for a message, in backticks."""
    return ", ".join(f"`{word}`" for word in allowed)
