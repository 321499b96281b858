"""One file per kind of personal data."""
