"""Faults of databases' packages as errors of comity."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from comity.errors import InputError, UsageError, error_text


@contextmanager
def faults(database: str, fault: type[Exception]) -> Iterator[None]:
    """Turn what the package of a database raises into an InputError that names the database."""
    try:
        yield
    except fault as error:
        raise InputError(f"{database} refuses it: {error_text(error)}") from None


def lacking(database: str, package: str, install: str) -> UsageError:
    """Return the error for a package that is not installed."""
    return UsageError(f"{database} need the `{package}` package: pip install {install}")
