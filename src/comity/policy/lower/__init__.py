"""Lowering: the tables of a policy become selectors, spans and operators of a plan."""
