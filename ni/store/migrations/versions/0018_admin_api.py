"""Keys with routes, an owner, tags, networks, a reminder and a former secret; tokens of the administration API."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the columns, none of which changes what a key may do, and two empty tables."""
    for name in ("routes", "owner_id", "tags", "networks"):
        op.add_column("keys", Column(name, Text, nullable=False, server_default=""))
    for column in (
        Column("remind_days", Integer),
        Column("rotated_at", BigInteger),
        Column("former_digest", LargeBinary),
        Column("former_pepper_version", Integer),
        Column("former_until", BigInteger),
    ):
        op.add_column("keys", column)
    _add_tokens()


def _add_tokens() -> None:
    op.create_table(
        "admin_tokens",
        Column("id", Text, nullable=False),
        Column("public_id", Text, nullable=False),
        Column("account_id", Text),
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
        PrimaryKeyConstraint("id", name="pk_admin_tokens"),
        UniqueConstraint("public_id", name="uq_admin_tokens_public_id"),
        ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_admin_tokens_account_id"),
    )
    op.create_table(
        "admin_claims",
        Column("token_id", Text, nullable=False),
        Column("name", LargeBinary, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("request_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("status", Integer),
        Column("location", Text, nullable=False, server_default=""),
        PrimaryKeyConstraint("token_id", "name", name="pk_admin_claims"),
    )
    op.create_index("ix_admin_claims_at", "admin_claims", ["at"])
