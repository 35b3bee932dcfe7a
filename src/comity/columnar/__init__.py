"""The columnar back end: the whole log by columns, one sort, then a few passes over numbers for each rule."""

from comity.columnar.audit import audit
from comity.columnar.evaluate import RuleFailed
from comity.columnar.resources import default_memory

__all__ = ["RuleFailed", "audit", "default_memory"]
