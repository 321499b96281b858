"""Places outside the database where checkpoints are published."""
