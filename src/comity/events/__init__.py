"""Events and what they are told apart by: channels, addresses, zones, histories of them."""
