"""Routes, the deployments behind them, their dated prices (nano-USD per million tokens), and how deployments fare.

`breakers` has a row for each deployment that failed (with a blank and an account for the account's own credential);
`deployment_health` sums what calls met at a deployment in a minute (minutes since 1970). `declined_offers` are
those of the shipped catalog that are not offered again.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

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
    Column("retires", Text, nullable=False, server_default=""),
    Column("successor", Text, nullable=False, server_default=""),
    Column("enabled", Integer, nullable=False, server_default="1"),
    Column("position", Integer, nullable=False, server_default="0"),
)

further_deployments = Table(
    "further_deployments",
    metadata,
    Column("route_id", Text, ForeignKey("routes.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("deployment_id", Text, ForeignKey("deployments.id"), nullable=False),
)

breakers = Table(
    "breakers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", BigInteger, nullable=False),
    Column("rests_until", BigInteger, nullable=False),
    Column("trial_until", BigInteger, nullable=False, server_default="0"),
)

deployment_health = Table(
    "deployment_health",
    metadata,
    Column("deployment", Text, primary_key=True),
    Column("minute", BigInteger, primary_key=True),
    Column("answered", BigInteger, nullable=False),
    Column("throttled", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("first_token_ms", BigInteger, nullable=False),
    Column("first_tokens", BigInteger, nullable=False),
    Column("slowest_ms", BigInteger, nullable=False),
    Index("ix_deployment_health_minute", "minute"),
)

declined_offers = Table(
    "declined_offers",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("item", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
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
