"""Keys for which a model name that is no route is an error."""

from alembic import op
from sqlalchemy import Column, Integer

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column; no key is strict that was not."""
    op.add_column("keys", Column("strict", Integer, nullable=False, server_default="0"))
