"""What the protection of personal data finds and what it costs: `python -m bench.privacy`, one command for all of it."""
