"""A plugin of comity: one channel, one rule kind and one policy."""
