"""The commands, each in a module of its own, which is imported when the command is run."""
