"""Prepaid balances, credentials that accounts bring, and prices with more than four classes."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

revision = "0004"
down_revision = "0003"

metadata = MetaData()

balances = Table(
    "balances",
    metadata,
    Column("account_id", Text, nullable=False),
    Column("granted_nanos", BigInteger, nullable=False),
    Column("charged_nanos", BigInteger, nullable=False),
    Column("held_nanos", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", name="pk_balances"),
)

grants = Table(
    "grants",
    metadata,
    Column("id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("day", Text, nullable=False),
    Column("amount_nanos", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("id", name="pk_grants"),
    Index("ix_grants_account_id_at", "account_id", "at"),
)

balance_days = Table(
    "balance_days",
    metadata,
    Column("account_id", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("charged_nanos", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "day", name="pk_balance_days"),
)

CREDENTIALS = (
    Column("account_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("shown", Text, nullable=False, server_default="{}"),
    Column("last4", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_credentials_account_id"),
    PrimaryKeyConstraint("account_id", "provider", name="pk_credentials"),
)


def upgrade() -> None:
    """Make the tables and add the columns; both have defaults that leave old rows as they were."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.create_table("credentials", *CREDENTIALS)
    op.add_column("open_calls", Column("prepaid", Integer, nullable=False, server_default="0"))
    op.add_column("prices", Column("extras", Text, nullable=False, server_default="{}"))
