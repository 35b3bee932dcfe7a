"""The memory of an evaluator: written to snapshots and read again, forked, and evicted."""
