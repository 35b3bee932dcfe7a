"""Budgets: how much work a policy or a log may ask for, so that a file from a stranger cannot stop a service.

Each is far above what people have, and bounds what is read, held or gone through. A budget that is passed is
an error that names it; who trusts the author can raise it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import attrs

from comity.errors import UsageError, one_of, suggest
from comity.records import frozen

LARGEST_INTEGER: Final = (1 << 63) - 1
"""TOML 1.0 asks for 64 bits; Python would take any number of digits."""


@frozen(kw_only=True)
class PolicyBudgets:
    """The budgets of loading one policy, with all that it extends."""

    bytes: int = attrs.field(default=4 << 20, validator=attrs.validators.ge(1))
    """Of one file. The longest shipped policy has 20 KB; `tomllib` reads about 1 MB a second."""
    nesting: int = attrs.field(default=128, validator=attrs.validators.ge(1))
    """Tables and lists inside each other, and selectors that name one another. Python's own stack ends at
    some 250 of them; people stay below ten."""
    files: int = attrs.field(default=100, validator=attrs.validators.ge(1))
    """That `extends` brings together. A chain is 16 deep at the most, whatever the budget."""
    rules: int = attrs.field(default=10_000, validator=attrs.validators.ge(1))
    """A rule costs about half a millisecond to load, and a little of each decision."""
    selectors: int = attrs.field(default=50_000, validator=attrs.validators.ge(1))
    """Tables that are written in `[events]`, in `[states]` and in rules."""
    dates: int = attrs.field(default=50_000, validator=attrs.validators.ge(1))
    """In calendars and slots: a century of holidays has some thousands."""
    phrases: int = attrs.field(default=10_000, validator=attrs.validators.ge(1))
    """Each is looked for in each text that a `message-style` judges."""
    seconds: float = attrs.field(default=60.0, validator=attrs.validators.gt(0))
    """Of processor time for one policy's load, so that a busy machine refuses nothing. 10,000 rules take
    about five."""


@frozen(kw_only=True)
class LogBudgets:
    """The budgets of reading one log. Its length has none: plain files are as long as they are."""

    unpacked: int = attrs.field(default=16 << 20, validator=attrs.validators.ge(1))
    """Bytes that a compressed log may have when decompressed, however small it is; from there on, `ratio`
    bounds it. Read in some seconds, whatever they are."""
    ratio: int = attrs.field(default=200, validator=attrs.validators.ge(1))
    """How many times as long as it was a longer log may become. Exports become five to fifty times as long,
    gzip makes nothing but repetitions 1,000 times shorter, zstd 30,000."""
    line: int = attrs.field(default=64 << 20, validator=attrs.validators.ge(1))
    """Bytes of a line of CSV or JSON Lines. Whole lines are held in memory."""
    cell: int = attrs.field(default=16 << 20, validator=attrs.validators.ge(1))
    """Characters of a cell of CSV. The longest messages that mail servers take have some ten million."""
    columns: int = attrs.field(default=16_384, validator=attrs.validators.ge(1))
    """Of a log, and keys of an object of JSON: as many as a spreadsheet has."""
    depth: int = attrs.field(default=100, validator=attrs.validators.ge(1))
    """Lists and objects inside each other in a cell of JSON that is read. Python's own stack ends at some
    hundreds; exports stay below ten."""


DEFAULT_BUDGETS: Final = PolicyBudgets()
DEFAULT_LOG_BUDGETS: Final = LogBudgets()
_TRUSTED: Final = {PolicyBudgets: "an author whom you trust", LogBudgets: "a log whose writer you trust"}
Budgets = TypeVar("Budgets", PolicyBudgets, LogBudgets)


class Late(Exception):
    """The time for loading a policy is over."""


class Deadline:
    """When the loading of a policy must be done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.thread_time() + seconds

    def check(self) -> None:
        """Raise Late where no time is left."""
        if time.thread_time() > self._end:
            raise Late


def over_budget(name: str, found: str, budget: float) -> tuple[str, str]:
    """Return the message and the advice about a budget that is passed; `found` is what there is."""
    return f"{found}: more than the budget `{name}`, {budget:,}", _raising(name, PolicyBudgets)


def log_over_budget(name: str, found: str, budget: int) -> str:
    """Say that a log passes a budget, and how to raise it; `found` is what there is."""
    return f"{found}: more than the budget `{name}`, {budget:,}; {_raising(name, LogBudgets)}"


def _raising(name: str, of: type[PolicyBudgets] | type[LogBudgets]) -> str:
    return f"raise it with `--budget {name}=NUMBER`, or `{of.__name__}({name}=…)`, for {_TRUSTED[of]}"


def names_of(kind: type[Any]) -> list[str]:
    """Name the budgets of a kind."""
    return [field.name for field in attrs.fields(kind)]


def read_budgets(texts: Mapping[str, str], kind: type[Budgets], also: Sequence[str] = ()) -> Budgets:
    """Read the budgets of a kind that are given as texts by name; those of the names `also` are passed over.

    Raises UsageError for an unknown name or no number.
    """
    own: list[str] = names_of(kind)
    names = [*own, *also]
    made: dict[str, float] = {}
    for name, text in texts.items():
        if name not in names:
            raise UsageError(
                f"there is no budget `{name}`: {suggest(name, names) or f'known are {one_of(names)}'}"
            )
        try:
            number = float(text) if name == "seconds" else int(text)
        except ValueError:
            raise UsageError(
                f"the budget `{name}` is `{text}`: it must be a number, such as `20000`"
            ) from None
        if not number > 0:
            raise UsageError(f"the budget `{name}` is `{text}`: a budget is a number above zero")
        if name in own:
            made[name] = number
    return kind(**made)  # type: ignore[arg-type]


def depth_of(value: object) -> int:
    """Return how many tables and lists are inside each other, without going down the stack."""
    deepest, waiting = 0, [(value, 0)]
    while waiting:
        part, depth = waiting.pop()
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list | tuple) else None
        if inner is not None:
            deepest = max(deepest, depth + 1)
            waiting.extend((each, depth + 1) for each in inner)
    return deepest


def parts_of(value: object) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Yield every value in tables and lists with the keys that lead to it, the value itself first."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        yield path, part
        if isinstance(part, dict):
            waiting.extend(((*path, key), each) for key, each in part.items())
        elif isinstance(part, list):
            waiting.extend(((*path, index), each) for index, each in enumerate(part))
