"""Several deployments of one route, how they fare, and how long the phases of a call took."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Text

revision = "0019"
down_revision = "0018"

PHASES = ("queue", "masking", "admission", "connect", "first_byte", "first_token", "stream", "settle")


def upgrade() -> None:
    """Add the tables and columns; routes have one deployment each, and calls of before know no phases."""
    op.create_table(
        "further_deployments",
        Column("route_id", Text, ForeignKey("routes.id", ondelete="CASCADE"), primary_key=True),
        Column("position", Integer, primary_key=True),
        Column("deployment_id", Text, ForeignKey("deployments.id"), nullable=False),
    )
    op.create_table(
        "breakers",
        Column("name", Text, primary_key=True),
        Column("failures", Integer, nullable=False),
        Column("failed_at", BigInteger, nullable=False),
        Column("rests_until", BigInteger, nullable=False),
        Column("trial_until", BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "deployment_health",
        Column("deployment", Text, primary_key=True),
        Column("minute", BigInteger, primary_key=True),
        *(
            Column(name, BigInteger, nullable=False)
            for name in ("answered", "throttled", "failed", "first_token_ms", "first_tokens", "slowest_ms")
        ),
    )
    op.create_index("ix_deployment_health_minute", "deployment_health", ["minute"])
    op.create_table(
        "declined_offers",
        Column("fingerprint", Text, primary_key=True),
        Column("item", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
    )
    op.add_column("usage", Column("deployment", Text, nullable=False, server_default=""))
    op.add_column("usage", Column("attempts", Integer, nullable=False, server_default="0"))
    for phase in PHASES:
        op.add_column("usage", Column(f"{phase}_us", BigInteger))
    op.add_column("keys", Column("server_timing", Integer, nullable=False, server_default="0"))
