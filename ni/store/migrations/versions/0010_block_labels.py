"""The kinds of personal data that a key or an account refuses to let out."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; empty blocks nothing, as before."""
    for table in ("accounts", "keys"):
        op.add_column(table, Column("block_labels", Text, nullable=False, server_default=""))
