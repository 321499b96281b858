"""Alerts: what people are told of once per window, and how it reaches them."""
