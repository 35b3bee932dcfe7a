"""Logs in databases: SQL finds which scopes break a rule, and only these are fetched and judged."""

from comity.databases.audit import audit_database
from comity.databases.connections.open_database import open_database
from comity.databases.sinks.save import save_findings

__all__ = ["audit_database", "open_database", "save_findings"]
