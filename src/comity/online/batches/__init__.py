"""Many events at once: what a monitor makes of a batch is what it makes of its events one by one."""
