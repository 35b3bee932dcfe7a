"""How contacts are made: channels, the form of their addresses, and directions."""
