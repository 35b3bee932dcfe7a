"""The operators, one event at a time: the state that each keeps of a scope, and how it judges."""
