"""What the protection of personal data finds and what it costs: `python -m bench.privacy`."""
