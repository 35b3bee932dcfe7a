"""The operators by columns: each judges all rows of a partition in a few passes."""
