"""The options that commands share, and what they make: plugins, policies, an engine, a log."""
