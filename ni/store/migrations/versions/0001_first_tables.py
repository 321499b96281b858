"""The first schema: all tables as they were when it was released.

These are frozen copies, so that later changes of `ni/store/tables` cannot change what this step makes.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

revision = "0001"
down_revision = None

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("time_zone", Text, nullable=False),
    Column("locale", Text, nullable=False, server_default=""),
    Column("commands", Integer, nullable=False, server_default="1"),
    Column("created_at", BigInteger, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("operator", Integer, nullable=False, server_default="0"),
    Column("locale", Text, nullable=False, server_default=""),
    Column("theme", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("role", Text, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("account_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("agent", Text, nullable=False, server_default=""),
)

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("subject", LargeBinary, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("tried_at", BigInteger, nullable=False),
    Column("blocked_until", BigInteger, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("user_id", Text),
    Column("account_id", Text),
    Column("role", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("public_id", Text, nullable=False, unique=True),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("pepper_version", Integer, nullable=False),
    Column("last4", Text, nullable=False),
    Column("tiers", Text, nullable=False),
    Column("cap_nanos", BigInteger),
    Column("rpm", Integer),
    Column("byok", Integer, nullable=False, server_default="0"),
    Column("pii", Integer, nullable=False, server_default="1"),
    Column("pii_may_disable", Integer, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    Column("last_used_at", BigInteger),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Index("ix_keys_account_id", "account_id", "created_at"),
)

mappings = Table(
    "mappings",
    metadata,
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("model", Text, primary_key=True),
    Column("route_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("key_id", Text, nullable=False, server_default=""),
)

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
)

custody_records = Table(
    "custody_records",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("request_id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("rec", LargeBinary, nullable=False),
    Column("disclosures", Text, nullable=False),
    Column("openings", Text, nullable=False, server_default="{}"),
    Index("ix_custody_records_request_id", "request_id"),
    Index("ix_custody_records_account_id", "account_id", "id"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("spent_nanos", BigInteger, nullable=False),
    Column("held_nanos", BigInteger, nullable=False),
)

rates = Table(
    "rates",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("due_us", BigInteger, nullable=False),
)

open_calls = Table(
    "open_calls",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("process_id", Text, nullable=False, index=True),
    Column("account_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("held_nanos", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("facts", Text, nullable=False),
)

processes = Table(
    "processes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Text, nullable=False),
    Column("beat_at", BigInteger, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("day", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("stream", Integer, nullable=False),
    Column("uncached_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("cache_write_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("reasoning_tokens", BigInteger, nullable=False),
    Column("tokens_from", Text, nullable=False),
    Column("latency_ms", BigInteger, nullable=False),
    Column("first_chunk_ms", BigInteger),
    Column("pii", Text, nullable=False),
    Column("provider_cost_usd_nanos", BigInteger, nullable=False),
    Column("provider_cost_nanos", BigInteger, nullable=False),
    Column("ni_charge_nanos", BigInteger, nullable=False),
    Column("rate_millionths", BigInteger, nullable=False),
    Column("working", Text, nullable=False),
    Column("credential_source", Text, nullable=False),
    Index("ix_usage_account_id_at", "account_id", "at", "request_id"),
)

totals = Table(
    "totals",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("jurisdiction", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("values_protected", BigInteger, nullable=False),
    Column("provider_cost_nanos", BigInteger, nullable=False),
    Column("ni_charge_nanos", BigInteger, nullable=False),
)


def upgrade() -> None:
    """Make the tables."""
    metadata.create_all(op.get_bind(), checkfirst=False)
