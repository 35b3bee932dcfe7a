"""Options that belong together: a command gets their values as one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import attrs

Command = Callable[..., int]


def grouped(
    options: Sequence[Callable[[Any], Any]], name: str, record: type[Any]
) -> Callable[[Command], Command]:
    """Return a decorator that adds options to a command.

    Their values are the fields of a `record`, which the command gets under a `name`.
    """

    def add(command: Command) -> Command:
        @wraps(command)
        def with_record(**given: Any) -> int:
            own = {field.name: given.pop(field.name) for field in attrs.fields(record)}
            return command(**{name: record(**own)}, **given)

        for option in reversed(options):
            with_record = option(with_record)
        return with_record

    return add
