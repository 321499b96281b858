"""Who a call was for, as the client said it: a user and a tag, found by an index that other calls do not pay for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the columns and their indexes; rows of before have no labels."""
    for name in ("end_user", "tag"):
        op.add_column("usage", Column(name, Text, nullable=False, server_default=""))
        op.create_index(
            f"ix_usage_{name}",
            "usage",
            ["account_id", name, "at", "request_id"],
            sqlite_where=sa.column(name) != "",
            postgresql_where=sa.column(name) != "",
        )
