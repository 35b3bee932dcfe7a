"""What can be asked of a history: decisions, explanations, slots, obligations."""
