"""Priorities of keys, and what waits in each process."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Keys of before are interactive; processes say what waits with their next heartbeat."""
    op.add_column("keys", Column("priority", Text, nullable=False, server_default="interactive"))
    op.add_column("processes", Column("queues", Text, nullable=False, server_default=""))
