"""The formats of logs that need no plugin, row by row and by Arrow."""
