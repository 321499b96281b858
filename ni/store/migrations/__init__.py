"""Numbered, forward-only steps from any released schema to this one, run by Alembic through `ni/store/schema.py`."""
