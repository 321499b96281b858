"""Names pinned by a key for itself; those of the table before stay the whole account's."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table, and the flag of accounts whose keys pin for all."""
    op.add_column("accounts", Column("shares_mappings", Integer, nullable=False, server_default="0"))
    op.create_table(
        "key_mappings",
        Column("account_id", Text, nullable=False),
        Column("key_id", Text, nullable=False),
        Column("model", Text, nullable=False),
        Column("route_id", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        PrimaryKeyConstraint("key_id", "model", name="pk_key_mappings"),
        ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_key_mappings_account_id"),
    )
