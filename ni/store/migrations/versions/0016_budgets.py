"""Budgets of keys, people, tags and accounts, by day and month, and alerts with their deliveries."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Text

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the tables; calls that are open are held against no budget."""
    _make_budgets()
    _make_alerts()


def _make_budgets() -> None:
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


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        Column("id", Text, primary_key=True),
        Column("account_id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("period", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
    )
    op.create_index("ix_alerts_once", "alerts", ["account_id", "kind", "subject", "period"], unique=True)
    op.create_index("ix_alerts_account_id_at", "alerts", ["account_id", "at"])
    op.create_table(
        "alert_receivers",
        Column("id", Text, primary_key=True),
        Column("account_id", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("address", Text, nullable=False),
        Column("inside", Integer, nullable=False, server_default="0"),
        Column("created_at", BigInteger, nullable=False),
        Column("created_by", Text, nullable=False, server_default=""),
    )
    op.create_index(
        "ix_alert_receivers_address", "alert_receivers", ["account_id", "channel", "address"], unique=True
    )
    op.create_table(
        "alert_deliveries",
        Column("alert_id", Text, primary_key=True),
        Column("receiver_id", Text, primary_key=True),
        Column("tries", Integer, nullable=False, server_default="0"),
        Column("next_at", BigInteger),
        Column("delivered_at", BigInteger),
        Column("fault", Text, nullable=False, server_default=""),
    )
    op.create_index("ix_alert_deliveries_next_at", "alert_deliveries", ["next_at"])
