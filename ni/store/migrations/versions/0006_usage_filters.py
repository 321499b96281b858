"""An index by which filtered usage is found without walking all of it."""

from alembic import op

revision = "0006"
down_revision = "0005"

COLUMNS = ["account_id", "key_id", "route", "jurisdiction", "outcome", "at", "request_id"]


def upgrade() -> None:
    """Build the index; a million rows take some seconds."""
    op.create_index("ix_usage_group", "usage", COLUMNS)
