"""Surrogates: another value of the same kind and format for each kind of personal data."""
