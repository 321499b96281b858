"""Accounts, the people in them, their sign-ins and links, keys, pinned model names and sealed credentials.

`platform_credentials` are the operator's own, each named after the setting of its chief secret; the keys of local
servers are among them, with the provider `local`.
`admin_tokens` let programs administer the instance, or one account; `admin_claims` holds their `Idempotency-Key`s.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from ni.store.tables.metadata import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("time_zone", Text, nullable=False),
    Column("locale", Text, nullable=False, server_default=""),
    Column("commands", Integer, nullable=False, server_default="1"),
    Column("min_evidence", Text, nullable=False, server_default=""),
    Column("block_labels", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("shares_mappings", Integer, nullable=False, server_default="0"),
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
    Column("totp_sealed", LargeBinary),
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    Column("recovery_codes", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("granted_by", Text, nullable=False, server_default=""),
)

identities = Table(
    "identities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

group_roles = Table(
    "group_roles",
    metadata,
    Column("group_name", Text, primary_key=True),
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
    Column("identity_id", Text, nullable=False, server_default=""),
    Column("provider_session", Text, nullable=False, server_default=""),
    Column("asked_at", BigInteger, nullable=False, server_default="0"),
    Column("proved_at", BigInteger, nullable=False, server_default="0"),
    Column("refresh_sealed", LargeBinary),
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
    Column("min_evidence", Text, nullable=False, server_default=""),
    Column("strict", Integer, nullable=False, server_default="0"),
    Column("block_labels", Text, nullable=False, server_default=""),
    Column("server_timing", Integer, nullable=False, server_default="0"),
    Column("priority", Text, nullable=False, server_default="interactive"),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    Column("last_used_at", BigInteger),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("routes", Text, nullable=False, server_default=""),
    Column("owner_id", Text, nullable=False, server_default=""),
    Column("tags", Text, nullable=False, server_default=""),
    Column("networks", Text, nullable=False, server_default=""),
    Column("remind_days", Integer),
    Column("rotated_at", BigInteger),
    Column("former_digest", LargeBinary),
    Column("former_pepper_version", Integer),
    Column("former_until", BigInteger),
    Index("ix_keys_account_id", "account_id", "created_at"),
)

admin_tokens = Table(
    "admin_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("public_id", Text, nullable=False, unique=True),
    Column("account_id", Text, ForeignKey("accounts.id")),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("pepper_version", Integer, nullable=False),
    Column("last4", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),
)

admin_claims = Table(
    "admin_claims",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("name", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", Integer),
    Column("location", Text, nullable=False, server_default=""),
    Index("ix_admin_claims_at", "at"),
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

key_mappings = Table(
    "key_mappings",
    metadata,
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("key_id", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("route_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

credentials = Table(
    "credentials",
    metadata,
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("shown", Text, nullable=False, server_default="{}"),
    Column("last4", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
)

platform_credentials = Table(
    "platform_credentials",
    metadata,
    Column("name", Text, primary_key=True),
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
)
