"""The operators, one event at a time: what each keeps of a scope, and how it judges."""
