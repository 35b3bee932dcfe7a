"""The online back end: one event at a time, state per scope bounded by the rules' windows."""

from comity.online.audit import audit
from comity.online.decide import decide
from comity.online.evaluator import Evaluator

__all__ = ["Evaluator", "audit", "decide"]
