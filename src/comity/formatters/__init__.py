"""The built-in formatters: text for people, JSON, JSON Lines and CSV for machines."""
