"""Debt collection for comity: its words, its rule kind and its policies."""
