"""Texts that are URLs of files, and how messages show them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_PATH_OF_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/[^/]")
"""What `pathlib` makes of a URL: it joins the two slashes."""


def is_url(text: str) -> bool:
    """Return whether a text is a URL and not the path of a file; one letter is a drive, not a scheme."""
    return _URL.match(text) is not None


def was_url(path: str) -> bool:
    """Return whether a path was a URL before it became a `Path`, which cannot hold one."""
    return _PATH_OF_URL.match(path) is not None


def shown_url(url: str) -> str:
    """Return a URL as messages and reports show it: without a password, and without its query.

    A path is shown as it is.
    Access keys may stand in both. A name before `@` without a password stays: it may be a container.
    """
    if not is_url(url):
        return url
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    netloc = host if at and ":" in user else parts.netloc
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))
