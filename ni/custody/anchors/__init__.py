"""Anchors: systems outside the database where checkpoints are published."""
