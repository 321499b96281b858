"""Who may call: accounts, the people in them and how they sign in, and keys. It knows nothing of HTTP pages."""
