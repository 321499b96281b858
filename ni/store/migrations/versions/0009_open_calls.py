"""Open calls without an index by process: the table is as small as what is under way, and each call wrote it twice."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_open_calls_process_id", "open_calls")
