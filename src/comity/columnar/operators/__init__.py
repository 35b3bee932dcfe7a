"""TODO columnar/operators."""
