"""Exceptions, and places in files that their messages point at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from comity.records import frozen

_LINE: Final = 160
"""How many characters of a line of a file are shown."""
_LONGEST_WORD: Final = 80
_MOST_COMPARED: Final = 1000
_TAB: Final = "\t"
OUT_OF_MEMORY: Final = "out of memory"
"""The message for every lack of memory, whatever asked for it."""


class ComityError(Exception):
    """Any fault that comity itself reports; its text is meant for people."""


class UsageError(ComityError):
    """The arguments of a call, a mapping or a configuration are wrong."""


class MisuseError(UsageError, TypeError):
    """Python asks an object for something that it does not offer, such as a truth value or a copy."""


class InputError(ComityError):
    """A log cannot be read."""


class EventError(ComityError):
    """One event is unusable; the text says which field, what is written and what is allowed."""


class RuleError(ComityError):
    """A rule failed while it judged, so that nothing is known."""


class SnapshotError(ComityError):
    """A snapshot cannot be used: it belongs to other rules, or it is incomplete or edited."""


class PluginError(ComityError):
    """A plugin failed; `plugin` names it, with its version and where to report issues.

    `in_reading` says that the plugin is a reader: reading the same log again would fail in the same way.
    """

    def __init__(self, message: str, plugin: str = "", *, in_reading: bool = False) -> None:
        self.plugin = plugin
        self.in_reading = in_reading
        super().__init__(f"{message} (plugin {plugin})" if plugin else message)


class Terminated(SystemExit):
    """A signal error_text the process to end; what guards against plugins must let it pass."""


def passes(error: BaseException) -> bool:
    """Return whether an exception in a plugin's function is not its fault, but ends everything."""
    return isinstance(error, KeyboardInterrupt | Terminated | MemoryError)


@frozen
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


@frozen
class Problem:
    """One fault of a policy file."""

    code: str
    """Stable word for the type of the fault, such as `unknown-key`."""
    message: str
    """One line, lower case, with what was written in backticks."""
    place: Place
    path: tuple[str | int, ...] = ()
    """The keys that lead to the fault."""
    help: str = ""
    """What is allowed or was probably meant; may be empty."""

    def __str__(self) -> str:
        lines = [f"{self.place}: {shortened(self.message)}"]
        if self.path:
            lines[0] += f" (at `{shortened(key_path(self.path))}`)"
        if self.place.source.strip():
            number = str(self.place.line)
            start, source = self._shown()
            before = source[: self.place.column - 1 - start]
            indent = "".join("\t" if c == "\t" else " " for c in before)
            length = max(1, min(self.place.length, len(source) - len(before)))
            lines.append(f"  {number} | {printable(source, keep=_TAB)}")
            lines.append(f"  {' ' * len(number)} | {indent}{'^' * length}")
        if self.help:
            lines.append(f"  help: {shortened(self.help)}")
        return "\n".join(lines)

    def _shown(self) -> tuple[int, str]:
        """Return the part of the line that is shown, and how many characters are before it."""
        start = max(0, self.place.column - 1 - _LINE // 2)
        return start, self.place.source.rstrip()[start : start + _LINE]


class PolicyError(ComityError):
    """One or more faults of a policy, all of them at once in `problems`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def system_reason(error: OSError) -> str:
    """Return the system's reason for an error, in lower case."""
    return (error.strerror or str(error)).lower()


def key_path(path: Sequence[str | int]) -> str:
    """Write a path of keys and indices in the usual way: `rules.a.contact.any[1]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + part
    return text


def suggest(word: str, allowed: Iterable[str]) -> str:
    """Say `did you mean …?` if one of the allowed words is near; return an empty text if not.

    The time to compare two words grows with both, and a file can have thousands of faults. So of many allowed
    words only some with the same first letter are compared.
    """
    folded = word.casefold()
    if len(folded) > _LONGEST_WORD:
        return ""
    likely = list(allowed)
    if len(likely) > _MOST_COMPARED:
        likely = [each for each in likely if each[:1] == folded[:1]][: _MOST_COMPARED // 20]
    import difflib  # Only faults need it.

    near = difflib.get_close_matches(folded, likely, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""


def shortened(text: str, most: int = 600) -> str:
    """Return a text for a message: only the beginning and the end of a long one, all of it printable."""
    if len(text) > most:
        text = f"{text[: most // 2]} … {text[-most // 4 :]}"
    return printable(text)


def printable(text: str, keep: str = "") -> str:
    """Write what cannot be printed as escapes, so that a file or a log cannot control a terminal."""
    if text.isprintable():
        return text
    parts = (c if c.isprintable() or c in keep else c.encode("unicode_escape").decode("ascii") for c in text)
    return "".join(parts)


def printable_lines(text: str) -> str:
    """Write what cannot be printed as escapes, except ends of lines and tabs."""
    return printable(text, keep="\n\t")


def shown(value: object, most: int = 80) -> str:
    """Return how Python writes a value, for a message: short, printable, and without ever failing."""
    try:
        text = repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException:  # whatever a foreign `__repr__` raises
        text = "a number of too many digits" if type(value) is int else f"<{type(value).__name__}>"
    return shortened(text, most)


def error_text(error: BaseException) -> str:
    """Return the class and the text of an error that others raise, on one line, without ever failing."""
    try:
        text = " ".join(str(error).split())
    except KeyboardInterrupt:
        raise
    except BaseException:  # whatever a foreign `__str__` raises
        text = "its text cannot be read"
    name = type(error).__name__
    return shortened(f"{name}: {text}" if text else name)


def one_of(allowed: Iterable[str]) -> str:
    """List the allowed words for a message, in backticks."""
    return ", ".join(f"`{word}`" for word in allowed)
