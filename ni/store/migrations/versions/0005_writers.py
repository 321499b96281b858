"""The newest turn of each writer: the answer when a connection broke during a commit."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "writers",
        Column("name", Text, nullable=False),
        Column("turn", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        PrimaryKeyConstraint("name", name="pk_writers"),
    )
