"""Proof of what happened to each request."""
