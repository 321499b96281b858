"""Single sign-on: who a person is at the provider, which groups lead into which accounts, and what a session rests on.

Memberships say whether the provider's groups granted them: those alone end with the groups.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Text

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the tables and add the columns; sessions and members of before have nothing to do with a provider."""
    op.create_table(
        "identities",
        Column("id", Text, primary_key=True),
        Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("subject", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
    )
    op.create_table(
        "group_roles",
        Column("group_name", Text, primary_key=True),
        Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
        Column("role", Text, nullable=False),
    )
    op.add_column("members", Column("granted_by", Text, nullable=False, server_default=""))
    for column in (
        Column("identity_id", Text, nullable=False, server_default=""),
        Column("provider_session", Text, nullable=False, server_default=""),
        Column("asked_at", BigInteger, nullable=False, server_default=sa.text("0")),
        Column("proved_at", BigInteger, nullable=False, server_default=sa.text("0")),
        Column("refresh_sealed", LargeBinary),
    ):
        op.add_column("sessions", column)
