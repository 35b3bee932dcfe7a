"""The built-in formats of logs, read row by row and by Arrow."""
