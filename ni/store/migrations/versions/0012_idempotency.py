"""Calls that came with an `Idempotency-Key`: keyed digests, from which neither it nor a body can be read."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Text

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "idempotency",
        Column("key_id", Text, nullable=False),
        Column("name", LargeBinary, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("request_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        PrimaryKeyConstraint("key_id", "name", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"])
