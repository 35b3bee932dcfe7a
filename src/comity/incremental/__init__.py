"""Audits night by night: a folder keeps what later events need, so that each run reads new events alone."""

from comity.incremental.audit_state import AuditState
from comity.results.state_report import StateReport

__all__ = ["AuditState", "StateReport"]
