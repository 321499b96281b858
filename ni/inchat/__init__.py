"""Answers that the gateway gives itself, inside the conversation."""
