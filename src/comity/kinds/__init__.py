"""The built-in rule kinds: each a class of its keys that lowers to one operator."""
