"""Budgets of keys, people, tags and accounts, by day and month, and alerts with their deliveries."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Text

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the tables; calls that are open are held against no budget."""
    op.create_table(
        "account_budgets",
        Column("id", Text, primary_key=True),
        Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
        Column("scope", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("span", Text, nullable=False),
        Column("title", Text, nullable=False, server_default=""),
        Column("limit_nanos", BigInteger, nullable=False),
        Column("alerts", Text, nullable=False, server_default=""),
        Column("created_at", BigInteger, nullable=False),
        Column("created_by", Text, nullable=False, server_default=""),
    )
    op.create_index(
        "ix_account_budgets_subject",
        "account_budgets",
        ["account_id", "scope", "subject", "span"],
        unique=True,
    )
    op.create_table(
        "budget_spans",
        Column("budget_id", Text, primary_key=True),
        Column("period", Text, primary_key=True),
        Column("spent_nanos", BigInteger, nullable=False),
        Column("held_nanos", BigInteger, nullable=False),
    )
    op.add_column("open_calls", Column("budgets", Text, nullable=False, server_default=""))
