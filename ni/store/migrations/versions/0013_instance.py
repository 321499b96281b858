"""What an instance must not change once amounts are kept: the currency, which is recorded at the next start."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text

revision = "0013"
down_revision = "0010"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "instance",
        Column("name", Text, nullable=False),
        Column("value", Text, nullable=False),
        PrimaryKeyConstraint("name", name="pk_instance"),
    )
