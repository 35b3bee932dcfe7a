"""Events, the fields that tell them apart, channels, addresses, zones, and histories of events."""
