"""The built-in rule kinds. Each is a class of its keys and lowers to one operator."""
