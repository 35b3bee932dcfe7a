"""The dialects of SQL, each with what it writes in its own way."""
