"""The operators as SQL: each writes the steps that lead to the findings of a rule."""
