"""The online back end: one event at a time, state per scope bounded by the rules' windows."""

from comity.online.back_end import Online
from comity.online.monitor.late_monitor import LateMonitor
from comity.online.monitor.monitor import Monitor

__all__ = ["LateMonitor", "Monitor", "Online"]
