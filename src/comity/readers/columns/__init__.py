"""The columns of a log: which fields they stand for, and hints where one is missing."""
