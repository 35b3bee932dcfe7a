"""The folder of a state: its manifest, its files, and the events in them."""
