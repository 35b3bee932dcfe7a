"""The language of policies: TOML values as the types of the model, and back."""
