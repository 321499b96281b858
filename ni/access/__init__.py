"""Who may call: accounts, users, sessions and keys."""
