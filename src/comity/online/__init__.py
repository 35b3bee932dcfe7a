"""The online back end: one event at a time, state per scope bounded by the rules' windows."""

from comity.online.back_end import Online

__all__ = ["Online"]
