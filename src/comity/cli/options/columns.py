"""The option `--columns`: which keys of findings a report has."""

from __future__ import annotations

from comity.errors import UsageError
from comity.formatters.formatter import Formatter
from comity.plugins.manager import Plugins
from comity.results.finding_keys import FINDING_KEYS, check_columns


def chosen_columns(text: str | None, formatter: Formatter, plugins: Plugins) -> tuple[str, ...]:
    """Return the keys that a text names, with commas between them; all keys for None.

    Raises UsageError for a key that findings do not have, and for a format that always has all of them.
    """
    if text is None:
        return FINDING_KEYS
    if not formatter.columns:
        able = ", ".join(sorted(name for name, each in plugins.formatters.items() if each.columns))
        raise UsageError(
            f"--columns: the format `{formatter.name}` always has its own columns; use one of {able}"
        )
    columns = tuple(name.strip().replace("-", "_") for name in text.split(","))
    try:
        check_columns(columns)
    except UsageError as error:
        raise UsageError(f"--columns: {error}") from None
    return columns
