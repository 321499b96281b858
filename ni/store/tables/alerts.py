"""Alerts, who is told of them, and each delivery until it arrived or was given up.

The operator's alerts and receivers have an empty `account_id`. A receiver that is `inside` may be in the operator's
own networks. `details` is JSON. A delivery is due at `next_at`; what
arrived, or was given up, is due no more (`next_at` is null), and `fault` says why it did not arrive the last time.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from ni.store.tables.metadata import metadata

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("details", Text, nullable=False),
    Index("ix_alerts_once", "account_id", "kind", "subject", "period", unique=True),
    Index("ix_alerts_account_id_at", "account_id", "at"),
)

alert_receivers = Table(
    "alert_receivers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("inside", Integer, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    Index("ix_alert_receivers_address", "account_id", "channel", "address", unique=True),
)

alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("receiver_id", Text, primary_key=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_at", BigInteger),
    Column("delivered_at", BigInteger),
    Column("fault", Text, nullable=False, server_default=""),
    Index("ix_alert_deliveries_next_at", "next_at"),
)
