"""Sealed keys of local servers that the operator adds by form or command."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the table; servers that are set by the environment keep their keys there."""
    op.create_table(
        "server_keys",
        Column("setting", Text, primary_key=True),
        Column("id", Text, nullable=False),
        Column("key_version", Integer, nullable=False),
        Column("nonce", LargeBinary, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("last4", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
    )
