"""The online back end: one event at a time, state per scope bounded by the rules' windows."""
