"""Reversible substitution of personal data; pure, without database or network."""
