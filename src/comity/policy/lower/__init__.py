"""Lowering: what a rule kind says becomes selectors, spans and operators of a plan."""
