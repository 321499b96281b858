"""Routes, the deployments behind them, and their dated prices (nano-USD per million tokens)."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from ni.store.tables.metadata import metadata

deployments = Table(
    "deployments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("endpoint", Text, nullable=False, server_default=""),
    Column("endpoint_setting", Text, nullable=False, server_default=""),
    Column("credential_setting", Text, nullable=False, server_default=""),
    Column("options", Text, nullable=False, server_default="{}"),
)

routes = Table(
    "routes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("upstream_model", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("suffix", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("deployment_id", Text, ForeignKey("deployments.id"), nullable=False),
    Column("capabilities", Text, nullable=False, server_default="{}"),
    Column("lifecycle", Text, nullable=False, server_default="active"),
    Column("enabled", Integer, nullable=False, server_default="1"),
    Column("position", Integer, nullable=False, server_default="0"),
)

prices = Table(
    "prices",
    metadata,
    Column("route_id", Text, ForeignKey("routes.id", ondelete="CASCADE"), primary_key=True),
    Column("since", Text, primary_key=True),
    Column("input", BigInteger, nullable=False),
    Column("output", BigInteger, nullable=False),
    Column("cached_input", BigInteger, nullable=False),
    Column("cache_write", BigInteger, nullable=False),
    Column("extras", Text, nullable=False, server_default="{}"),
)
