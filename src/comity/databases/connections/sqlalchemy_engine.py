"""The engine of SQLAlchemy for a URL."""

from __future__ import annotations

from typing import Any

from comity.databases.connections.shown_url import shown_database
from comity.errors import UsageError, error_text


def sqlalchemy_engine(url: str) -> Any:
    """Return an engine; raises UsageError without SQLAlchemy, a dialect or a driver for the URL."""
    try:
        import sqlalchemy as sa
    except ImportError:
        raise UsageError(
            f"`{shown_database(url)}`: such a database needs SQLAlchemy and its driver: "
            "pip install sqlalchemy and, for example, pymysql"
        ) from None
    try:
        return sa.create_engine(url)
    except ImportError as error:
        raise UsageError(f"`{shown_database(url)}`: its driver is missing: {error_text(error)}") from None
    except sa.exc.ArgumentError as error:
        raise UsageError(f"`{shown_database(url)}` is no database: {error_text(error)}") from None
