"""Drift events, and the least evidence that a key or an account demands."""

from alembic import op
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Text

revision = "0008"
down_revision = "0007"

metadata = MetaData()

drift_events = Table(
    "drift_events",
    metadata,
    Column("route", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("expected", Text, nullable=False),
    Column("found", Text, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("provider", Text, nullable=False),
    Column("deployment", Text, nullable=False),
    Column("met", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("route", "rule", "expected", "found", "refused", name="pk_drift_events"),
    Index("ix_drift_events_last_at", "last_at"),
)


def upgrade() -> None:
    """Make the table and add the columns; empty demands nothing, as before."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    for table in ("accounts", "keys"):
        op.add_column(table, Column("min_evidence", Text, nullable=False, server_default=""))
