"""The operator's own credentials of providers, which are entered in the portal or by command, sealed."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text

revision = "0022"
down_revision = "0020"


def upgrade() -> None:
    """Add the table; providers of before read their credentials from the environment alone, and still do."""
    op.create_table(
        "platform_credentials",
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
