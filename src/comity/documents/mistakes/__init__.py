"""What people get wrong when they write TOML, told as such and not as a parser sees it."""
