"""What operators keep of a scope: its type, its form in snapshots, and how it is gathered going back."""
