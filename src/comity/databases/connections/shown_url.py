"""How messages show the URL of a database."""

from __future__ import annotations


def shown_database(url: str) -> str:
    """Return a URL without the password that may be in it."""
    before, at, after = url.rpartition("@")
    scheme, slashes, _ = before.partition("://")
    return f"{scheme if slashes else ''}{slashes}…@{after}" if at else url
